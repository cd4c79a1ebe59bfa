# SPDX-License-Identifier: Apache-2.0
.PHONY: test-packs pack-helpers
test-packs: $(BUILD)/bin/forgectl ## the packs: programs against an independent reference, samples, bad input, real compiles
	$(Q)BUILD=$(BUILD) $(PY) -B -m unittest -q tests.packs.test_cells tests.packs.test_programs tests.packs.test_billing tests.packs.test_parquet tests.packs.test_own_packs tests.packs.test_adapters tests.packs.test_detect
pack-helpers: ## copy packs/skill/forge-step into the packs and skills that carry it
	$(Q)for f in packs/domain/*/programs/forge_*.py packs/skill/*/forge_*.py; do o=packs/skill/forge-step/$${f##*/}; \
		[ "$$f" = "$$o" ] || [ ! -f $$o ] || cp $$o $$f; done
