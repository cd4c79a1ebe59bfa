# SPDX-License-Identifier: Apache-2.0
.PHONY: test-stack test-cli
test-stack: ## the whole embedded stack, demo, bad input, kill -9, browser journey (root)
	$(Q)BUILD=$(BUILD) $(PY) tests/stack/test_stack.py
test-cli: ## forgectl without a server
	$(Q)BUILD=$(BUILD) $(PY) tests/cli/test_cli.py
