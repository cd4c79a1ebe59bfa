# SPDX-License-Identifier: Apache-2.0
# The database: migrations from zero, every statement under its role, tenancy, queue races, the scheduler and the hub.
.PHONY: check-sql
check-sql: $(BUILD)/bin/forge-sched $(BUILD)/bin/forge-events ## migrations, statements, row-level security and queue races against a scratch Postgres
	$(Q)BUILD=$(BUILD) $(PY) -B -m unittest discover -q -s tests/sql -t . -p 'test_*.py'
