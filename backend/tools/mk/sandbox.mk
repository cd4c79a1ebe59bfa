# SPDX-License-Identifier: Apache-2.0
# The sandbox's own suite: what must be absent inside, limits, survivors, crashes. Needs root.
SANDBOX_LIBS := $(BUILD)/libsandbox.a $(BUILD)/libcore.a
SANDBOX_TOOLS := $(patsubst tests/sandbox/%.c,$(BUILD)/test/sandbox-%,$(wildcard tests/sandbox/*.c))

$(BUILD)/test/sandbox-%: tests/sandbox/%.c $(SANDBOX_LIBS)
	$(SAY) TEST $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(SANDBOX_LIBS) -Wl,--end-group $(LDLIBS)

.PHONY: test-sandbox bench-sandbox
test-sandbox: $(SANDBOX_TOOLS) $(BUILD)/bin/forge-cell ## what must be absent in a sandbox, its limits, and what a crash leaves (root)
	$(Q)prove --timer --exec '$(PY) -B' tests/sandbox/*.t.py :: $(BUILD)
bench-sandbox: $(SANDBOX_TOOLS) $(BUILD)/bin/forge-cell ## what one sandbox costs: p50 and p99 of /bin/true and of python3, gaps of 50 ms (root)
	$(Q)$(PY) -B tests/sandbox/bench.py $(BUILD)
