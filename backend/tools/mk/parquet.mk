# SPDX-License-Identifier: Apache-2.0
# Parquet: the program that reads and writes it is bundled from locked npm packages and kept in packs/, where skills are
# files. It needs /usr/bin/node wherever it runs (backend/tools/deps.sh sees to that). Poppler reads PDFs.
PARQUET_DIR := $(BUILD)/parquet
PARQUET_SRC := $(wildcard backend/tools/parquet/*.mjs backend/tools/parquet/src/*.mjs backend/tools/parquet/*.json backend/tools/parquet/.npmrc)
# A copy is built, so that the project's folder stays without node_modules.
$(PARQUET_DIR)/node_modules/.package-lock.json: backend/tools/parquet/package.json backend/tools/parquet/package-lock.json backend/tools/parquet/.npmrc
	$(SAY) NPM backend/tools/parquet
	$(Q)mkdir -p $(PARQUET_DIR) && cp $^ $(PARQUET_DIR)/ && cd $(PARQUET_DIR) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch node_modules/.package-lock.json
.PHONY: parquet test-parquet
parquet: $(PARQUET_DIR)/node_modules/.package-lock.json $(PARQUET_SRC) ## write packs/skill/forge-parquet/parquet.mjs and LICENSE from backend/tools/parquet
	$(Q)cp -r backend/tools/parquet/build.mjs backend/tools/parquet/src $(PARQUET_DIR)/ && node $(PARQUET_DIR)/build.mjs --out packs/skill/forge-parquet
test-parquet: ## the Parquet program: rows there and back, hostile files, and that it is what its sources make
	$(Q)BUILD=$(BUILD) $(PY) -B -m unittest -q tests.packs.test_parquet
