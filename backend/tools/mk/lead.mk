# SPDX-License-Identifier: Apache-2.0
.PHONY: test-stack test-cli
test-stack: programs web e2e-deps ## the whole embedded stack, demo, bad input, kill -9, browser journey (root)
	$(Q)BUILD=$(BUILD) $(PY) tests/stack/test_stack.py
test-cli: programs ## forgectl without a server
	$(Q)BUILD=$(BUILD) $(PY) tests/cli/test_cli.py

FUZZ_SECONDS ?= 60
FUZZ_CC := clang $(STD) $(PKG_CFLAGS) -O1 -g -DFORGE_ASAN=1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
.PHONY: fuzz-core
fuzz-core: ## fuzz the JSON reader and writer for FUZZ_SECONDS (Debian packages clang, libclang-rt-14-dev)
	$(Q)mkdir -p $(BUILD)/fuzz $(BUILD)/corpus/json
	$(Q)$(FUZZ_CC) -o $(BUILD)/fuzz/json tests/fuzz/fuzz_json.c $(wildcard backend/core/*.c) -lcrypto -lm
	$(Q)$(BUILD)/fuzz/json -max_total_time=$(FUZZ_SECONDS) -timeout=10 $(BUILD)/corpus/json
