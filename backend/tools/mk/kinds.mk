# SPDX-License-Identifier: Apache-2.0
# Kinds: their schemas are part of the program, and whatever reads strangers' files is fuzzed.
$(BUILD)/obj/backend/types/kind_schema.o: $(wildcard packs/schema/kind-*.json)

FUZZ_SECONDS ?= 60
FUZZ_KINDS := zip diff yaml html rows markdown
FUZZ_KINDS_SRC := $(wildcard backend/types/*.c) $(wildcard backend/schema/*.c) $(wildcard backend/core/*.c)
# The sources once, with their coverage, for all targets.
FUZZ_KINDS_OBJ := $(FUZZ_KINDS_SRC:%.c=$(BUILD)/fuzz/obj/%.o)
FUZZ_KINDS_CC = clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fno-sanitize-recover=all -DFORGE_ASAN=1
$(BUILD)/fuzz/obj/%.o: %.c $(wildcard backend/types/*.h) $(wildcard packs/schema/kind-*.json)
	$(Q)mkdir -p $(@D) && $(FUZZ_KINDS_CC) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<
$(BUILD)/fuzz/kind_%: tests/fuzz/kind_%.c tests/fuzz/types_kinds.h $(FUZZ_KINDS_OBJ)
	$(SAY) FUZZ $@
	$(Q)$(FUZZ_KINDS_CC) -fsanitize=fuzzer,address,undefined -o $@ $< $(FUZZ_KINDS_OBJ) $(LDLIBS)
.PRECIOUS: $(BUILD)/fuzz/obj/%.o
.PHONY: fuzz-kinds
fuzz-kinds: $(FUZZ_KINDS:%=$(BUILD)/fuzz/kind_%) ## fuzz the measures of ZIP, diff, YAML, HTML, JSON rows and Markdown for FUZZ_SECONDS each
	$(Q)for t in $(FUZZ_KINDS); do \
		mkdir -p $(BUILD)/fuzz/corpus-kind_$$t && \
		ASAN_OPTIONS=detect_leaks=1 $(BUILD)/fuzz/kind_$$t -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
			$(BUILD)/fuzz/corpus-kind_$$t tests/fuzz/corpus/kind_$$t > $(BUILD)/fuzz/kind_$$t.log 2>&1 || { tail -40 $(BUILD)/fuzz/kind_$$t.log; exit 1; }; \
		echo "kind_$$t: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/kind_$$t.log | grep -o '[0-9]*') runs, nothing found"; \
	done
