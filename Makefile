# SPDX-License-Identifier: Apache-2.0
# One non-recursive Makefile. `make help` lists the targets; V=1 shows the commands; BUILD= and SAN= choose the tree.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
SAN ?=
BUILD ?= build
ifneq ($(SAN),)
ifeq ($(filter %/$(SAN),$(BUILD)),)
override BUILD := $(BUILD)/$(SAN)
endif
endif
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
comma := ,
SAY = $(if $(filter 1,$(V)),@:,@printf '  %-7s %s\n')
PY := /usr/bin/python3

CC ?= gcc
STD := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Ibackend -I$(BUILD)/gen
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wformat=2 -Wundef -Wvla -Walloca -Wcast-qual -Wwrite-strings -Wpointer-arith \
	-Wswitch-enum -Wimplicit-fallthrough -Wdouble-promotion -Wdate-time -Wno-format-nonliteral
WERROR ?= -Werror
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE -fno-common -ffunction-sections -fdata-sections
OPT := -O2 -g -D_FORTIFY_SOURCE=2
ifeq ($(SAN),asan)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DFORGE_ASAN=1
HARD := -fPIE -fno-common
endif
CFLAGS_ALL := $(STD) $(OPT) $(WARN) $(WERROR) $(HARD) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections -Wl,--as-needed $(if $(filter asan,$(SAN)),-fsanitize=address$(comma)undefined) $(LDFLAGS)
PKGS := libpq libcrypto json-c libcurl libargon2 libpcre2-8 yaml-0.1 libarchive libxml-2.0 zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null) -I/usr/include/postgresql
LDLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lfcgi -lcgroup -lseccomp -lm -lpthread

MODULES := core schema types imprint pack receipt store model sandbox policy compiler bridge
PROGRAMS := forge-cell forge-runner forge-api forge-events forge-sched forgectl
DIR_forge-cell := cell
DIR_forge-runner := runner
DIR_forge-api := api
DIR_forge-events := events
DIR_forge-sched := sched
DIR_forgectl := cli
NEEDS_types := types schema core
NEEDS_core := core
NEEDS_schema := schema core
NEEDS_imprint := imprint types schema core
NEEDS_pack := pack types schema core
NEEDS_receipt := receipt types schema core
NEEDS_store := store types schema core
NEEDS_model := model types schema core
NEEDS_sandbox := sandbox core
NEEDS_policy := policy pack types schema core
NEEDS_compiler := compiler policy pack imprint types schema core
NEEDS_bridge := bridge policy store pack model types schema core
NEEDS_forge-cell := sandbox core
NEEDS_forge-runner := bridge receipt policy pack store model sandbox types schema core
NEEDS_forge-api := imprint compiler receipt policy pack store types schema core
NEEDS_forge-events := store types schema core
NEEDS_forge-sched := store types schema core
NEEDS_forgectl := imprint compiler receipt policy pack sandbox store types schema core

.PHONY: all
all: programs web ## build everything

# --- C ---------------------------------------------------------------------------------------------------------------
define module_rules
SRC_$(1) := $$(wildcard backend/$(1)/*.c)
OBJ_$(1) := $$(SRC_$(1):%.c=$$(BUILD)/obj/%.o)
$$(BUILD)/lib$(1).a: $$(OBJ_$(1))
	$$(SAY) AR $$@
	$$(Q)rm -f $$@ && ar Drcs $$@ $$(OBJ_$(1))
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

define program_rules
SRC_$(1) := $$(wildcard backend/$$(DIR_$(1))/*.c)
OBJ_$(1) := $$(SRC_$(1):%.c=$$(BUILD)/obj/%.o)
$$(BUILD)/bin/$(1): $$(OBJ_$(1)) $$(foreach m,$$(NEEDS_$(1)),$$(BUILD)/lib$$(m).a)
	$$(SAY) LD $$@
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(LDFLAGS_ALL) -o $$@ $$(OBJ_$(1)) -Wl,--start-group $$(foreach m,$$(NEEDS_$(1)),$$(BUILD)/lib$$(m).a) -Wl,--end-group $$(LDLIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

$(BUILD)/obj/%.o: %.c | generated
	$(SAY) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: generated programs
generated: $(BUILD)/gen/store/sql_gen.h
# SQL by name: backend/store/sql/*.sql -> sql_gen.h / sql_gen.inc
$(BUILD)/gen/store/sql_gen.h: $(wildcard backend/store/sql/*.sql) $(wildcard backend/tools/sqlgen.py)
	$(Q)mkdir -p $(@D) && if [ -f backend/tools/sqlgen.py ]; then $(PY) backend/tools/sqlgen.py --out $(@D) backend/store/sql/*.sql; else touch $@; fi
programs: $(PROGRAMS:%=$(BUILD)/bin/%) ## build the C programs into build/bin

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# --- unit tests: tests/unit/<module>/test_*.c, TAP -----------------------------------------------------------------------
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/test/%)
define unit_rule
$(BUILD)/test/$(1)/%: tests/unit/$(1)/%.c $(foreach m,$(NEEDS_$(1)),$(BUILD)/lib$(m).a) tests/unit/tap.h
	$$(SAY) TEST $$@
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(CFLAGS_ALL) $$(PKG_CFLAGS) -Itests/unit $$(LDFLAGS_ALL) -o $$@ $$< -Wl,--start-group $(foreach m,$(NEEDS_$(1)),$(BUILD)/lib$(m).a) -Wl,--end-group $$(LDLIBS)
endef
$(foreach m,$(MODULES),$(eval $(call unit_rule,$(m))))
unit-%: ## run one module's unit tests, e.g. make unit-core
	$(Q)$(MAKE) --no-print-directory $(patsubst tests/unit/%.c,$(BUILD)/test/%,$(wildcard tests/unit/$*/test_*.c))
	$(Q)prove -q $(patsubst tests/unit/%.c,$(BUILD)/test/%,$(wildcard tests/unit/$*/test_*.c))
.PHONY: unit
unit: $(UNIT_BIN) ## run all C unit tests
	$(Q)prove -v $(UNIT_BIN)

include $(wildcard backend/tools/mk/*.mk)

# --- what a machine needs ------------------------------------------------------------------------------------------------
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
DEBS := gcc make pkg-config libc6-dev libfcgi-dev libpq-dev libjson-c-dev libcgroup-dev libcurl4-openssl-dev libssl-dev \
	libargon2-dev libpcre2-dev libyaml-dev libarchive-dev libxml2-dev libseccomp-dev zlib1g-dev brotli s6 nginx-light postgresql-15 python3 procps \
	chromium-headless-shell fontconfig fonts-liberation fonts-dejavu-core fonts-dejavu-extra poppler-utils ca-certificates
DEBS_TEST := chromium strace
.PHONY: deps deps-test
deps: ## install what is missing (apt; node and npm only where there is none)
	@bash backend/tools/deps.sh $(DEBS)
deps-test:
	@bash backend/tools/deps.sh $(DEBS) $(DEBS_TEST)

# --- the two commands ----------------------------------------------------------------------------------------------------
.PHONY: demo stop test check-fast check
demo: ## install, build, start the embedded stack and run the main job (FRESH=1 starts over)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j2 all
	@$(SUDO) $(BUILD)/bin/forgectl demo $(if $(FRESH),--fresh)
stop: ## end the embedded stack; nothing of it stays behind but var/
	@$(SUDO) $(BUILD)/bin/forgectl down
test: ## install, build and pass every test
	@$(MAKE) --no-print-directory deps-test
	@$(MAKE) --no-print-directory -j2 all
	@$(SUDO) env PATH="$$PATH" $(PY) tests/run.py all
check-fast: ## under a minute: build, house rules, unit tests, packs, SQL
	@$(MAKE) --no-print-directory -j2 programs
	@$(PY) tests/run.py fast
check: test

# --- house rules ---------------------------------------------------------------------------------------------------------
.PHONY: tidy layers headers format-check clean
tidy: ## banned calls, layers, headers, file sizes
	@$(PY) backend/tools/tidy.py
layers: ## includes point down only
	@$(PY) backend/tools/tidy.py --layers-only
HEADERS := $(wildcard backend/*/*.h)
headers: generated ## each header compiles alone
	$(Q)for h in $(HEADERS); do echo "#include \"$$h\"" | $(CC) $(STD) -I. $(PKG_CFLAGS) -Wall -Wextra -Werror -fsyntax-only -x c - || { echo "$$h does not compile alone"; exit 1; }; done
cppcheck: ## static analysis (Debian package cppcheck)
	$(Q)cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -Ibackend -I$(BUILD)/gen $(wildcard backend/*/*.c)
clean: ## remove build/ (var/ stays; `make demo FRESH=1` empties it)
	$(Q)rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-zA-Z_%-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 22
