# SPDX-License-Identifier: Apache-2.0
.PHONY: check-packs diag-pages
check-packs: $(BUILD)/bin/forgectl ## check packs, playbooks, policies and profiles against their schemas
	$(Q)$(BUILD)/bin/forgectl packs check packs
diag-pages: $(BUILD)/test/compiler/test_pages $(BUILD)/test/compiler/test_golden ## write the renderings of docs/diagnostics and tests/compiler anew; review the diff
	$(Q)UPDATE=1 $(BUILD)/test/compiler/test_pages >/dev/null && UPDATE=1 $(BUILD)/test/compiler/test_golden >/dev/null
