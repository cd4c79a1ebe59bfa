# SPDX-License-Identifier: Apache-2.0
# The browser workspace: installed when its lock file changed, built when a source changed; its checks and its journeys.
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
WEB_SRC := $(shell find web/src -type f ! -name '*.test.ts' 2>/dev/null) web/build.mjs
E2E_DEPS := tests/e2e/node_modules/.package-lock.json
.PHONY: web e2e-deps test-web test-e2e web-format

web: web/dist/index.html ## build the browser workspace into web/dist
web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	$(SAY) NPM web
	$(Q)cd web && $(NPM_CI) >/dev/null && touch node_modules/.package-lock.json
web/dist/index.html: $(WEB_SRC) web/node_modules/.package-lock.json
	$(SAY) WEB web/dist
	$(Q)cd web && node build.mjs

test-web: web/dist/index.html ## types, layers, format and unit tests of the browser workspace
	$(Q)cd web && node node_modules/typescript/bin/tsc -p . && node tools/check.mjs && node node_modules/prettier/bin/prettier.cjs --check --log-level warn "src/**/*.{ts,tsx,css}" tools build.mjs ../tests/e2e/*.mjs
	$(Q)cd web && node tools/test.mjs > node_modules/.test.tap; s=$$?; grep -E '^(not ok|# (tests|pass|fail|skipped)) ' node_modules/.test.tap; exit $$s
web-format: web/node_modules/.package-lock.json ## format the sources of the browser workspace
	$(Q)cd web && node node_modules/prettier/bin/prettier.cjs --write --log-level warn "src/**/*.{ts,tsx,css}" tools build.mjs ../tests/e2e/*.mjs

e2e-deps: $(E2E_DEPS) ## install what the browser journeys need
$(E2E_DEPS): tests/e2e/package-lock.json tests/e2e/package.json
	$(SAY) NPM tests/e2e
	$(Q)cd tests/e2e && $(NPM_CI) >/dev/null && touch node_modules/.package-lock.json
test-e2e: $(E2E_DEPS) ## the browser journeys against the running stack (FORGE_URL, FORGE_EMAIL, FORGE_PASSWORD, or var/)
	$(Q)node tests/e2e/journey.mjs
