# SPDX-License-Identifier: Apache-2.0
# Fuzzing of everything in backend/types that eats strangers' bytes. The corpora also run as unit tests
# (tests/unit/types/test_corpus.c), so a crash that was found once stays found.
FUZZ_SECONDS ?= 60
FUZZ_TYPES := csv json value schema profile stored
FUZZ_TYPES_SRC := $(wildcard backend/types/*.c) $(wildcard backend/schema/*.c) $(wildcard backend/core/*.c)
$(BUILD)/fuzz/types_%: tests/fuzz/types_%.c $(FUZZ_TYPES_SRC) $(wildcard backend/types/*.h) backend/types/kinds.def
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $< $(FUZZ_TYPES_SRC) $(LDLIBS)
.PHONY: fuzz-types
fuzz-types: $(FUZZ_TYPES:%=$(BUILD)/fuzz/types_%) ## fuzz CSV, JSON, values, schemas and profiles for FUZZ_SECONDS each
	$(Q)for t in $(FUZZ_TYPES); do \
		mkdir -p $(BUILD)/fuzz/corpus-types_$$t && \
		ASAN_OPTIONS=detect_leaks=1 $(BUILD)/fuzz/types_$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
			$(BUILD)/fuzz/corpus-types_$$t tests/fuzz/corpus/types_$$t > $(BUILD)/fuzz/types_$$t.log 2>&1 || { tail -40 $(BUILD)/fuzz/types_$$t.log; exit 1; }; \
		echo "types_$$t: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/types_$$t.log | grep -o '[0-9]*') runs, nothing found"; \
	done
