# SPDX-License-Identifier: Apache-2.0
# What profiling costs: memory of 1 GB files, and speed beside csvstat (csvkit) and Miller on the same file in the same run.
DEBS_BENCH := csvkit miller
.PHONY: bench-types
bench-types: $(BUILD)/bin/forgectl ## profile speed against csvstat and Miller, and the memory bound on files of 1 GB (BENCH_MB, BENCH_BIG_MB)
	$(Q)for p in csvstat mlr; do command -v $$p > /dev/null || { bash backend/tools/deps.sh $(DEBS_BENCH); break; }; done
	$(Q)$(PY) -B tests/bench/types/bench.py --forgectl $(abspath $(BUILD)/bin/forgectl) --work $(abspath $(BUILD)/bench/types) --mb $(or $(BENCH_MB),100) --big-mb $(or $(BENCH_BIG_MB),1000)
