# SPDX-License-Identifier: Apache-2.0
# The HTTP API: generated route table, OpenAPI document and TypeScript types; its unit, fuzz and whole-stack tests.
API_ROUTES := $(wildcard backend/api/routes/*.json) backend/api/schemas.json
$(BUILD)/gen/api/routes_gen.h: $(API_ROUTES) backend/tools/apigen.py backend/core/errors.def
	$(Q)$(PY) backend/tools/apigen.py --c $(@D) && touch $@
$(BUILD)/gen/api/routes_gen.inc $(BUILD)/gen/api/openapi_gen.inc $(BUILD)/gen/api/openapi.json: $(BUILD)/gen/api/routes_gen.h ;
generated: $(BUILD)/gen/api/routes_gen.h

.PHONY: api-types check-api-types test-api
api-types: ## rewrite web/src/api/types.gen.ts and the route table in docs/API.md
	$(Q)$(PY) backend/tools/apigen.py --ts web/src/api/types.gen.ts --docs docs/API.md
check-api-types: ## the generated API types and docs are up to date
	$(Q)$(PY) backend/tools/apigen.py --check --ts web/src/api/types.gen.ts --docs docs/API.md

# Unit tests of what needs neither database nor web server.
API_HANDLERS_OBJ := $(filter-out $(BUILD)/obj/backend/api/main.o,$(OBJ_forge-api))
$(BUILD)/test/api/%: tests/unit/api/%.c $(API_HANDLERS_OBJ) $(foreach m,$(NEEDS_forge-api),$(BUILD)/lib$(m).a) tests/unit/tap.h | generated
	$(SAY) TEST $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Itests/unit $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(API_HANDLERS_OBJ) $(foreach m,$(NEEDS_forge-api),$(BUILD)/lib$(m).a) -Wl,--end-group $(LDLIBS)

# Fuzzing: clang's libFuzzer over the two parsers that eat strangers' bytes. The corpus also runs in the unit tests.
FUZZ_SECONDS ?= 60
$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c backend/api/multipart.c backend/api/path.c backend/core/arena.c backend/core/buf.c backend/core/err.c backend/core/utf8.c
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend -I$(BUILD)/gen -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $^
fuzz-api: $(BUILD)/fuzz/fuzz_multipart $(BUILD)/fuzz/fuzz_path ## fuzz the upload and path parsers for FUZZ_SECONDS each
	$(Q)set -o pipefail; for t in multipart path; do mkdir -p $(BUILD)/fuzz/corpus-$$t && \
		$(BUILD)/fuzz/fuzz_$$t -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus-$$t tests/fuzz/corpus/$$t 2>&1 | tail -12 || exit 1; done
.PHONY: fuzz-api

test-api: $(BUILD)/bin/forge-api $(BUILD)/bin/forge-events ## the HTTP API against real nginx, FastCGI and Postgres
	$(Q)BUILD=$(BUILD) $(PY) -m unittest discover -q -s tests/api -t . -p 'test_*.py'
