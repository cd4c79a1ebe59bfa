# SPDX-License-Identifier: Apache-2.0
# Adapters: what their programs use inside the sandbox, off the host's /usr.
DEBS += cmark python3-yaml
.PHONY: test-adapters
test-adapters: $(BUILD)/bin/forgectl ## the adapters' programs in the real sandbox: round trips, refusals (root)
	$(Q)BUILD=$(BUILD) $(PY) -B -m unittest -q tests.packs.test_adapters
