# SPDX-License-Identifier: Apache-2.0
# Fuzzing of the decoder: schema and filled document from bytes, against the validator.
FUZZ_SECONDS ?= 60
FUZZ_DECODE_SRC := $(wildcard backend/imprint/*.c) $(wildcard backend/types/*.c) $(wildcard backend/schema/*.c) $(wildcard backend/core/*.c)
$(BUILD)/fuzz/imprint_decode: tests/fuzz/imprint_decode.c $(FUZZ_DECODE_SRC) $(wildcard backend/imprint/*.h) $(wildcard backend/schema/*.h)
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $< $(FUZZ_DECODE_SRC) $(LDLIBS)
.PHONY: fuzz-decode
fuzz-decode: $(BUILD)/fuzz/imprint_decode ## fuzz the template decoder for FUZZ_SECONDS
	$(Q)mkdir -p $(BUILD)/fuzz/corpus-imprint_decode && \
		ASAN_OPTIONS=detect_leaks=1 $< -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ \
			$(BUILD)/fuzz/corpus-imprint_decode tests/fuzz/corpus/imprint_decode > $<.log 2>&1 || { tail -40 $<.log; exit 1; }; \
		echo "imprint_decode: $$(grep -o 'number_of_executed_units: *[0-9]*' $<.log | grep -o '[0-9]*') runs, nothing found"
