# `make demo` and `make test` need nothing but Python 3.11+ and make: each builds .venv first.

PYTHON ?= python3
PORT ?= 3000
WORKBENCH_PORT ?= 3030
# The business model: retail, marketplace, b2b, or one's own.
MODEL ?= $(or $(CUSTOMER_PLATFORM_BUSINESS_MODEL),retail)
CUSTOMERS ?= 5000
DAYS ?= 60
BIN := .venv/bin
INSTALLED := .venv/installed
UV := $(shell command -v uv 2>/dev/null)
MODELS := $(filter-out platform __%,$(notdir $(wildcard customer_platform/defs/*)))
# SQL that Python fills in.
STATEMENTS := $(addprefix customer_platform/,identity/sql publishing/sql stewardship/sql workbench/sql)
# Files the install depends on: while none is newer than the marker, nothing is installed.
PINS := requirements.lock pyproject.toml setup.py
# Spark, for WAREHOUSE=spark and `make test-engines`.
ENGINES := .venv/engines
WAREHOUSE ?= duckdb
SPARK_DEMO := $(CURDIR)/.customer_platform/spark/$(MODEL)

export CUSTOMER_PLATFORM_BUSINESS_MODEL := $(MODEL)
export UV_LINK_MODE ?= copy
# dg warns when the virtual environment it runs in is not the active one.
export VIRTUAL_ENV := $(CURDIR)/.venv

.PHONY: help install demo demo-on-duckdb demo-on-spark java story test test-all test-engines test-engines-all golden ui workbench check docs format generate lock clean

help: ## Show the commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(INSTALLED) ## Make .venv with the locked versions.

$(INSTALLED): $(PINS)
ifneq ($(UV),)
	uv venv --quiet --allow-existing --python $(PYTHON) .venv
	uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --editable .
else
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
endif
	@# Numba keeps what it compiles beside the kernels: nobody waits for it later.
	$(BIN)/python -m customer_platform_tests.support.compile_kernels
	@touch $@

# dbt-spark and Spark itself, half a gigabyte.
$(ENGINES): $(INSTALLED) requirements-engines.lock
ifneq ($(UV),)
	uv pip install --quiet --python $(BIN)/python --requirement requirements-engines.lock
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-engines.lock
endif
	@touch $@

demo: demo-on-$(WAREHOUSE) ## Generate the demo company of MODEL (retail) and build everything from it, on duckdb or WAREHOUSE=spark.

demo-on-duckdb: install
	$(BIN)/customer-platform demo --customers $(CUSTOMERS) --days $(DAYS)
	$(BIN)/customer-platform run

# Before half a gigabyte is installed for nothing.
java:
	@command -v java > /dev/null || { echo "Spark needs Java 17 or newer. On Debian and Ubuntu: apt-get install openjdk-17-jre-headless"; exit 1; }

# In a home of its own, on a Spark of this machine that ends with it.
demo-on-spark: export CUSTOMER_PLATFORM_HOME := $(SPARK_DEMO)/home
demo-on-spark: java $(ENGINES)
	$(BIN)/python -m customer_platform.warehouse.local_spark $(SPARK_DEMO)/server sh -ec \
		'$(BIN)/customer-platform demo --customers $(CUSTOMERS) --days $(DAYS); $(BIN)/customer-platform run'
	@echo "Look into it: CUSTOMER_PLATFORM_HOME=$(SPARK_DEMO)/home $(BIN)/python -m customer_platform.warehouse.local_spark \\"
	@echo "  $(SPARK_DEMO)/server $(BIN)/customer-platform ui"
	@echo "On a Spark of your own: CUSTOMER_PLATFORM_WAREHOUSE=sc://host:15002 CUSTOMER_PLATFORM_LAKE=/shared/folder"
	@echo "  customer-platform run; docs/engines.md says what it has to be like."

story: install ## Take a change to production and back, in a folder that goes afterwards.
	$(BIN)/python -m customer_platform_tests.promotion.story

test: install ## Run the tests.
	$(BIN)/python -m pytest -m "not slow and not engines" --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-all: test ## Run all tests, and those that are slow by nature.
	CUSTOMER_PLATFORM_TEST_EXAMPLES=10 $(BIN)/python -m pytest -m "(slow or examples) and not engines" --numprocesses 2 --dist loadfile $(PYTEST_ARGS)

test-engines: $(ENGINES) ## Run the tests that need Spark: Java 17 and the dependency group `engines`.
	$(BIN)/python -m pytest -m "engines and not slow" customer_platform_tests/engines $(PYTEST_ARGS)

test-engines-all: $(ENGINES) ## Run them, and those that build whole companies on Spark.
	$(BIN)/python -m pytest -m engines customer_platform_tests/engines $(PYTEST_ARGS)

golden: install ## Write the files again that the public surface is compared with.
	$(BIN)/python -m pytest customer_platform_tests/golden --update-golden $(PYTEST_ARGS)

ui: install ## Serve the Dagster UI on PORT (default 3000).
	$(BIN)/customer-platform ui --port $(PORT)

workbench: install ## Serve the workbench on WORKBENCH_PORT (default 3030).
	$(BIN)/customer-platform workbench --port $(WORKBENCH_PORT)

check: install docs ## Lint, type-check and validate everything.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt
	$(BIN)/sqlfluff lint --config .sqlfluff-statements $(STATEMENTS)
	@# One by one: given several files, dg checks the last of each component type alone.
	set -e; for folder in $(dir $(wildcard customer_platform/defs/*/*/defs.yaml customer_platform/defs/*/*/*/defs.yaml)); do \
		$(BIN)/dg check yaml $$folder; done
	@# Each business model in its own home.
	set -e; for model in $(MODELS); do export CUSTOMER_PLATFORM_BUSINESS_MODEL=$$model; \
		unset CUSTOMER_PLATFORM_HOME; $(BIN)/customer-platform prepare; $(BIN)/dg check defs; \
		$(BIN)/customer-platform test-rules; done

docs: install ## Build the documentation site into site/, and check its links.
	@# Not --quiet: it hides warnings from --strict, too.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: install ## Format Python and SQL.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt
	$(BIN)/sqlfluff fix --config .sqlfluff-statements $(STATEMENTS)

generate: install ## Regenerate checked-in files: phone numbers and countries, and the data model of the docs.
	$(BIN)/python -m customer_platform.warehouse.functions.phone_metadata
	$(BIN)/python -m customer_platform.warehouse.functions.country_metadata
	$(BIN)/python -m customer_platform.warehouse.functions.unicode_metadata
	$(BIN)/python -m customer_platform.presentation.data_model

lock: ## Lock the newest versions that pyproject.toml allows.
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --group dev \
		--no-header --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --group engines \
		--constraint requirements.lock --no-header --output-file requirements-engines.lock

clean: ## Remove .venv and everything a run has written.
	rm -rf .venv .customer_platform site
