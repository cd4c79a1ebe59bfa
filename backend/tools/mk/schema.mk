# SPDX-License-Identifier: Apache-2.0
# Schemas: the fuzzer of the reader and validator, the metaschemas' C form, and the speed of warm validation.
FUZZ_SECONDS ?= 60
$(BUILD)/fuzz/schema_validate: tests/fuzz/schema_validate.c $(wildcard backend/schema/*.c backend/core/*.c backend/schema/*.h) backend/schema/keywords.def backend/schema/meta.inc
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $< $(wildcard backend/schema/*.c) $(wildcard backend/core/*.c) $(LDLIBS)
.PHONY: fuzz-schema metaschemas bench-schema
fuzz-schema: $(BUILD)/fuzz/schema_validate ## fuzz the schema reader and validator for FUZZ_SECONDS
	$(Q)mkdir -p $(BUILD)/fuzz/corpus-schema_validate && $< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
		$(BUILD)/fuzz/corpus-schema_validate tests/fuzz/corpus/schema_validate > $(BUILD)/fuzz/schema_validate.log 2>&1 || { tail -40 $(BUILD)/fuzz/schema_validate.log; exit 1; }
	$(Q)echo "schema_validate: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/schema_validate.log | grep -o '[0-9]*') runs, nothing found"
metaschemas: ## write backend/schema/meta.inc from backend/schema/meta
	$(Q)$(PY) backend/tools/metagen.py
$(BUILD)/bench/schema_validate: tests/bench/schema_validate.c $(BUILD)/libschema.a $(BUILD)/libcore.a
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libschema.a $(BUILD)/libcore.a $(LDLIBS)
SCHEMA_BENCH := $(or $(FORGE_SHARED),../shared)/data/serializer/schemas/realworld.ndjson
bench-schema: $(BUILD)/bench/schema_validate ## warm validation per instance; AJV=folder with ajv's node_modules for the comparison
	$(Q)$(BUILD)/bench/schema_validate $(SCHEMA_BENCH)
	$(Q)if [ -n "$(AJV)" ]; then node tests/bench/schema_ajv.mjs $(AJV) $(SCHEMA_BENCH); fi
