# SPDX-License-Identifier: Apache-2.0
# The runner against a scratch Postgres and a real forge-cell. Needs root (the cell does).
$(BUILD)/test/runner-chain: tests/runner/chain.c $(BUILD)/libreceipt.a $(BUILD)/libtypes.a $(BUILD)/libcore.a
	$(SAY) TEST $@
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(BUILD)/libreceipt.a $(BUILD)/libtypes.a $(BUILD)/libcore.a -Wl,--end-group $(LDLIBS)

.PHONY: test-runner
test-runner: $(BUILD)/bin/forge-runner $(BUILD)/bin/forge-cell $(BUILD)/test/runner-chain ## whole runs: harness, failures, kill -9, exactly once (root)
	$(Q)BUILD=$(BUILD) $(PY) -B -m unittest -q tests.runner.test_runner
