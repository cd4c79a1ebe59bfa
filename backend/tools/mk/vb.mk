# SPDX-License-Identifier: Apache-2.0
# Strangers' patterns, formats, YAML and patches. libidn2 checks host names.
LDLIBS += -lidn2
DEBS += libidn2-dev
FUZZ_TEXT := schema_regex schema_yaml core_jpatch
FUZZ_TEXT_SRC := $(foreach f,regex ecma ecma_property format format_uri hostname yaml yaml_scalar,backend/schema/$(f).c) $(wildcard backend/core/*.c)
$(FUZZ_TEXT:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_TEXT_SRC) $(wildcard backend/schema/*.h)
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $< $(FUZZ_TEXT_SRC) $(LDLIBS)
.PHONY: fuzz-text
fuzz-text: $(FUZZ_TEXT:%=$(BUILD)/fuzz/%) ## fuzz patterns, YAML and JSON Patch for FUZZ_SECONDS each
	$(Q)for t in $(FUZZ_TEXT); do \
		mkdir -p $(BUILD)/fuzz/corpus-$$t && \
		ASAN_OPTIONS=detect_leaks=1 $(BUILD)/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ \
			$(BUILD)/fuzz/corpus-$$t tests/fuzz/corpus/$$t > $(BUILD)/fuzz/$$t.log 2>&1 || { tail -40 $(BUILD)/fuzz/$$t.log; exit 1; }; \
		echo "$$t: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/$$t.log | grep -o '[0-9]*') runs, nothing found"; \
	done
