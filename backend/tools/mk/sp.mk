# SPDX-License-Identifier: Apache-2.0
# Fuzzing of the reader of API descriptions and of what writes requests.
FUZZ_SPEC_SRC := $(wildcard backend/imprint/*.c) $(wildcard backend/schema/*.c) $(wildcard backend/types/*.c) $(wildcard backend/core/*.c)
$(BUILD)/fuzz/imprint_spec: tests/fuzz/imprint_spec.c $(FUZZ_SPEC_SRC) $(wildcard backend/imprint/*.h) $(wildcard backend/schema/*.h)
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $< $(FUZZ_SPEC_SRC) $(LDLIBS)
.PHONY: fuzz-spec
fuzz-spec: $(BUILD)/fuzz/imprint_spec ## fuzz the reader of API descriptions for FUZZ_SECONDS
	$(Q)mkdir -p $(BUILD)/fuzz/corpus-imprint_spec && ASAN_OPTIONS=detect_leaks=1 $< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 \
		-print_final_stats=1 $(BUILD)/fuzz/corpus-imprint_spec tests/fuzz/corpus/imprint_spec > $(BUILD)/fuzz/imprint_spec.log 2>&1 || \
		{ tail -40 $(BUILD)/fuzz/imprint_spec.log; exit 1; }
	$(Q)echo "imprint_spec: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/imprint_spec.log | grep -o '[0-9]*') runs, nothing found"
