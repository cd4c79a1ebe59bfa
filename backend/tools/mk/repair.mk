# SPDX-License-Identifier: Apache-2.0
# Tolerant reading: its speed by kind of damage, and fuzzing of it and of the token language.
# REPAIR_DOC: a JSON file to damage (none: a made-up one).
REPAIR_DOC ?=
BENCH_REPAIR_LIBS := $(foreach m,$(NEEDS_imprint),$(BUILD)/lib$(m).a)
$(BUILD)/bench/repair: tests/bench/repair/bench.c $(BENCH_REPAIR_LIBS)
	$(SAY) CC $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(BENCH_REPAIR_LIBS) -Wl,--end-group $(LDLIBS)
.PHONY: bench-repair
bench-repair: $(BUILD)/bench/repair $(BUILD)/bench/imprint-peers/node_modules ## tolerant reading: MB/s for each kind of damage, growth when the text doubles, jsonrepair beside it
	$(Q)$(BUILD)/bench/repair $(REPAIR_DOC)
	$(Q)rm -rf $(BUILD)/bench/repair-texts && mkdir -p $(BUILD)/bench/repair-texts && $(BUILD)/bench/repair --write $(BUILD)/bench/repair-texts $(REPAIR_DOC)
	$(Q)node tests/bench/repair/bench.mjs $(BUILD)/bench/repair-texts $(BUILD)/bench/imprint-peers

FUZZ_REPAIR := token repair
$(FUZZ_REPAIR:%=$(BUILD)/fuzz/imprint_%): $(BUILD)/fuzz/imprint_%: tests/fuzz/imprint_%.c backend/imprint/token.c backend/imprint/diag.c $(filter-out %/repair_values.c,$(wildcard backend/imprint/repair*.[ch])) $(wildcard backend/core/*.c)
	$(SAY) FUZZ $@
	$(Q)mkdir -p $(@D) && clang -std=gnu11 -D_GNU_SOURCE -Ibackend $(PKG_CFLAGS) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFORGE_ASAN=1 -o $@ $(filter %.c,$^) $(LDLIBS)
.PHONY: fuzz-repair
fuzz-repair: $(FUZZ_REPAIR:%=$(BUILD)/fuzz/imprint_%) ## fuzz tolerant reading and the token language for FUZZ_SECONDS each
	$(Q)for t in $(FUZZ_REPAIR); do \
		mkdir -p $(BUILD)/fuzz/corpus-imprint_$$t && \
		ASAN_OPTIONS=detect_leaks=1 $(BUILD)/fuzz/imprint_$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 \
			$(BUILD)/fuzz/corpus-imprint_$$t tests/fuzz/corpus/imprint_$$t > $(BUILD)/fuzz/imprint_$$t.log 2>&1 || { tail -40 $(BUILD)/fuzz/imprint_$$t.log; exit 1; }; \
		echo "imprint_$$t: $$(grep -o 'number_of_executed_units: *[0-9]*' $(BUILD)/fuzz/imprint_$$t.log | grep -o '[0-9]*') runs, nothing found"; \
	done
