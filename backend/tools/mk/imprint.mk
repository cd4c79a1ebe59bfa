# SPDX-License-Identifier: Apache-2.0
# Imprinting: measured beside the peers, in the same run. Real specifications are used where they are, made ones elsewhere.
IMPRINT_DATA ?= ../shared/data/serializer
$(BUILD)/bench/imprint: tests/bench/imprint/bench.c $(foreach m,$(NEEDS_imprint),$(BUILD)/lib$(m).a)
	$(SAY) CC $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(foreach m,$(NEEDS_imprint),$(BUILD)/lib$(m).a) -Wl,--end-group $(LDLIBS)
$(BUILD)/bench/imprint-peers/node_modules: tests/bench/imprint/package.json tests/bench/imprint/package-lock.json
	$(Q)mkdir -p $(@D) && cp $^ $(@D)/ && cd $(@D) && npm ci --silent --no-audit --no-fund && touch node_modules
.PHONY: bench-imprint
bench-imprint: $(BUILD)/bench/imprint $(BUILD)/bench/imprint-peers/node_modules ## encoding and validation against openapi-sampler and ajv: ratios
	$(Q)cp tests/bench/imprint/*.mjs $(BUILD)/bench/imprint-peers/ && node $(BUILD)/bench/imprint-peers/bench.mjs $(abspath $(BUILD)/bench/imprint) $(abspath $(BUILD)/bench/imprint-work) $(IMPRINT_DATA)
.PHONY: test-imprint judge
test-imprint: $(BUILD)/bin/forgectl ## imprinting through the command line: laws, hostile documents
	$(Q)BUILD=$(BUILD) $(PY) -B tests/imprint/test_imprint.py
# The independent judge and its cases lie beside the project, where they are given; elsewhere this says so and does nothing.
JUDGE ?= ../shared/oracle
$(BUILD)/judge/node_modules: $(wildcard $(JUDGE)/package-lock.json)
	$(Q)rm -rf $(BUILD)/judge && mkdir -p $(BUILD)/judge && cp -r $(JUDGE)/. $(BUILD)/judge/ && chmod -R u+w $(BUILD)/judge && cd $(BUILD)/judge && npm ci --silent --no-audit --no-fund && touch node_modules
judge: $(BUILD)/bin/forgectl $(if $(wildcard $(JUDGE)/score.mjs),$(BUILD)/judge/node_modules) ## hold imprinting against the independent judge, where it is given
	$(Q)if [ -f $(BUILD)/judge/score.mjs ]; then \
		node $(BUILD)/judge/score.mjs --forgectl $(abspath $(BUILD)/bin/forgectl) --data $(IMPRINT_DATA) --fail $(BUILD)/judge-fails.ndjson \
			--suite tokens,traps,realworld,openapi,extref,styles,repair,jsonparse,jcs,jsonpatch,validator > $(BUILD)/judge.log; code=$$?; \
		sed 's/^\(.\{150\}\).*/\1…/' $(BUILD)/judge.log; \
		[ $$code = 0 ] && echo "ok 1 - every check of the judge passes" || { echo "not ok 1 - the judge: see $(BUILD)/judge-fails.ndjson"; exit 1; }; \
	else echo "ok 1 - # SKIP the judge is not given here ($(JUDGE))"; fi
