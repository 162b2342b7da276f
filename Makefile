# Every target sets itself up on a machine that has only python3 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= demo/home
STACK ?= stack
WHEELS ?=
OFFLINE := $(if $(WHEELS),--no-index --find-links $(abspath $(WHEELS)))
COVERAGE_FLOORS := expectations:93 ingest:83 junheng:69 planning:66 publish:75
SUPERSET := $(VENV)/superset
MANIFEST := dbt_project/target/manifest.json
DBT_SOURCES := $(shell find dbt_project -name target -prune -o -type f \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' \) -print)

export GX_ANALYTICS_ENABLED := false
export SCARF_NO_ANALYTICS := true
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
# where the environment forbids it, every process would compile all libraries anew
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: setup setup-spark hooks demo test test-fast coverage mutants test-spark spark-cluster shuffles lint lint-sql lint-rest secrets impact rows hashes repeats stack stack-health stack-logs stack-stop test-stack licences sbom wheelhouse soak fuzz test-offline bench bench-ingest bench-night serve-load bench-plan plans requirements superset test-superset clean

setup: $(VENV)/.installed $(VENV)/.metadata $(MANIFEST)  ## everything a run needs

$(VENV)/bin/uv:
	@$(PYTHON) -c "import sys; ok = sys.version_info[:2] == (3, 11); sys.exit(None if ok else 'Junheng needs Python 3.11; this is %d.%d. Name another one: make PYTHON=python3.11 setup' % sys.version_info[:2])"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(OFFLINE) --require-hashes -r requirements/uv.txt

$(VENV)/.installed: $(VENV)/bin/uv requirements/dev.txt pyproject.toml
	@echo "Installing pinned requirements into $(VENV) ..."
	@$(BIN)/uv pip sync --quiet $(OFFLINE) --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet $(OFFLINE) --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.metadata: $(VENV)/.installed
	@$(BIN)/python -c "from junheng.scheduler.inprocess import make_template; make_template()" >$(VENV)/metadata.log 2>&1 || { cat $(VENV)/metadata.log; exit 1; }
	@touch $@

$(MANIFEST): $(VENV)/.installed $(DBT_SOURCES) publish/build/dbt.py publish/build/documentation.py publish/build/ground.py publish/tables/dbt_docs.py publish/tables/lineage.py
	@$(BIN)/python -m publish.build.documentation
	@$(BIN)/python -m publish.build.ground
	@touch $@

setup-spark: setup $(VENV)/spark/.installed  ## Spark, in an environment of its own (docs/scale.md); Java 17 comes from the system

$(VENV)/spark/.installed: $(VENV)/bin/uv requirements/spark.txt
	@echo "Installing pinned requirements into $(VENV)/spark ..."
	@$(PYTHON) -m venv $(VENV)/spark
	@$(BIN)/uv pip sync --quiet --python $(VENV)/spark/bin/python --require-hashes requirements/spark.txt
	@touch $@

hooks: setup  ## the fast part of lint before each commit (.pre-commit-config.yaml)
	@$(BIN)/pre-commit install

demo: setup  ## the main job on the sample county
	@rm -rf demo && mkdir -p demo
	@$(BIN)/python -m samples --out demo/landing
	@$(BIN)/junheng nightly --landing demo/landing --home $(HOME_DIR) --as-of 2026-03-01; status=$$?; \
	  test $$status -eq 0 -o $$status -eq 3

test: setup  ## everything, as CI runs it
	@$(MAKE) --no-print-directory lint
	@tests/system_packages.sh
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

stack: setup  ## the services of docker-compose.yml without containers (docs/runbooks/stack.md): PROFILE=local|workers STACK=folder
	@tests/system_packages.sh
	@$(BIN)/python -m devtools.stack up --folder $(STACK) $(if $(PROFILE),--profile $(PROFILE))

stack-health stack-logs stack-stop: $(VENV)/.installed
	@$(BIN)/python -m devtools.stack $(@:stack-%=%) --folder $(STACK)

test-stack: setup  ## nights on that stack, on Celery with two workers and on one machine, and nights whose services are killed
	@tests/system_packages.sh
	@STACK_PROFILES="workers local" $(BIN)/python -m pytest -q tests/e2e/test_scheduler.py tests/e2e/faults_on_stack.py

test-fast: setup  ## the inner loop: unit tests without what is slow (SLOW in tests/conftest.py)
	@$(BIN)/python -m pytest -q -x -n 2 --dist loadfile --fast tests/unit

coverage: setup  ## which lines the unit tests reach; a package below its floor is red
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --cov --cov-report=term:skip-covered tests/unit
	@for floor in $(COVERAGE_FLOORS); do \
	  $(BIN)/coverage report --include="$${floor%:*}/*" --format=total --fail-under=$${floor#*:} >/dev/null || \
	    { echo "coverage of $${floor%:*} is below its floor of $${floor#*:} %"; exit 1; }; \
	done

mutants: setup  ## plant the known mistakes; each must turn tests red
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests/integration/test_*mutations*.py

test-spark: setup-spark  ## every model on Spark, against the hashes of DuckDB
	@tests/system_packages.sh
	@$(BIN)/python -m pytest -q tests/e2e/test_spark.py tests/e2e/spark_whole.py

spark-cluster: setup-spark  ## a master and two workers on this machine alone until it is interrupted; WORKERS=2 (docs/scale.md)
	@$(BIN)/python -m devtools.spark_cluster --workers $(or $(WORKERS),2)

shuffles: setup-spark  ## what each model moves between executors, over the demo's nights (HOME_DIR); SPARK_CONF="name=value …"
	@rm -rf build/spark-events && mkdir -p build/spark-events
	@JUNHENG_SPARK_CONF="$$($(BIN)/python -m devtools.spark_shuffles build/spark-events --conf) $(SPARK_CONF)" \
	  $(BIN)/python -m devtools.mart_hashes $(HOME_DIR) --engine spark >build/spark-hashes.json
	@$(BIN)/python -m devtools.spark_shuffles build/spark-events

lint: setup
	@$(MAKE) --no-print-directory --jobs=2 --output-sync lint-sql lint-rest

lint-sql:  # most of the time of lint
	@JUNHENG_BUILD_DB=$(CURDIR)/$(VENV)/lint.duckdb DBT_TARGET_PATH=$(CURDIR)/$(VENV)/lint-target $(BIN)/sqlfluff lint dbt_project/models dbt_project/tests --disable-progress-bar --processes 2

lint-rest:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/yamllint --strict .
	@COLUMNS=200 $(BIN)/dbt-bouncer run --config-file dbt_project/dbt-bouncer.yml
	@$(MAKE) --no-print-directory secrets

licences: setup  ## licences of what is shipped; one that does not fit is red
	@$(BIN)/python -m devtools.licences

sbom: setup  ## the list of parts of what is shipped, for a scanner: build/sbom.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements/server.txt --output-format JSON --output-file build/sbom.json

wheelhouse: $(VENV)/bin/uv  ## every library as a file, for an installation without the internet (docs/runbooks/offline.md)
	@mkdir -p build/wheels
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt -d build/wheels
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt -d build/wheels

soak: setup  ## NIGHTS=200 short nights, most of them with a fault; nothing may be lost, wrong or left (docs/operations.md)
	@$(BIN)/python -m devtools.soak --nights $(or $(NIGHTS),200) --seed $(or $(SEED),1)

test-offline: wheelhouse  ## an installation from it in a world without a network
	@unshare --user --map-root-user --net $(MAKE) --no-print-directory VENV=build/offline WHEELS=build/wheels UV_NO_CACHE=1 build/offline/.installed
	@build/offline/bin/junheng --help >/dev/null && rm -rf build/offline

secrets: setup  ## looks for secrets in every file; invented ones stand in .secrets.baseline
	@if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then \
	  git ls-files -z -- ':!requirements' ':!*.csv' ':!.secrets.baseline' | \
	    xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline; \
	else echo "secrets: NOT looked for, this is no git checkout"; fi

fuzz: setup  ## readers fed with damaged files for SECONDS (tests/fuzz.py); a find is kept in build/fuzz
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target $(VENV)/fuzz --no-deps --require-hashes -r requirements/fuzz.txt
	@PYTHONPATH=$(VENV)/fuzz $(BIN)/python -m tests.fuzz build/fuzz/corpus $(or $(SECONDS),60)

impact: setup  ## what a changed column reaches: make impact COLUMN=model.column
	@$(BIN)/python -m devtools.impact $(COLUMN) --manifest $(MANIFEST)

hashes: setup  ## the hash of each mart over the demo's nights; BEFORE=file holds it against those of before, REASONS=file says why
	@$(BIN)/python -m devtools.mart_hashes $(HOME_DIR) $(if $(ENGINE),--engine $(ENGINE)) $(if $(BEFORE),--before $(BEFORE)) $(if $(REASONS),--reasons $(REASONS))

rows: $(VENV)/.installed  ## types of the rows of marts that Python reads, from their contracts (publish/tables/rows.py)
	@$(BIN)/python -m devtools.rows

repeats: setup  ## blocks of code that stand twice
	@$(BIN)/python -m devtools.repeats

bench: setup  ## national scale against hand-written SQL and pandas (docs/benchmarks.md)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.dags

bench-ingest: setup  ## a province's night of exports against the bare reader (docs/benchmarks.md)
	@$(BIN)/python -m bench.ingest

bench-night: setup  ## the nights of the sample county against the bare imports; PROVINCE="1 5 10": of so many counties (docs/benchmarks.md)
	@$(BIN)/python -m bench.night $(if $(PROVINCE),--province $(PROVINCE))

serve-load: setup  ## 200 publishes to a PostgreSQL under 50 readers (docs/benchmarks.md)
	@tests/system_packages.sh
	@$(BIN)/python -m tests.integration.serving 200 50 200000

$(SUPERSET)/.installed: requirements/superset.txt | $(BIN)/uv
	@echo "Installing Superset into $(SUPERSET) ..."
	@$(BIN)/uv venv --quiet --allow-existing --python $(PYTHON) $(SUPERSET)
	@$(BIN)/uv pip sync --quiet --python $(SUPERSET)/bin/python --require-hashes requirements/superset.txt
	@touch $@

$(SUPERSET)/metadata.db: $(SUPERSET)/.installed
	@$(BIN)/python -m tests.superset metadata

superset: setup $(SUPERSET)/metadata.db  ## Superset over the demo (HOME_DIR) until it is interrupted
	@tests/system_packages.sh
	@[ -e $(HOME_DIR)/published/current ] || $(MAKE) --no-print-directory demo
	@$(BIN)/python -m tests.superset $(HOME_DIR)

test-superset: setup $(SUPERSET)/metadata.db  ## every dashboard in a browser; pictures in build/superset
	@tests/system_packages.sh
	@[ -e $(HOME_DIR)/published/current ] || $(MAKE) --no-print-directory demo
	@$(BIN)/python -m tests.superset.check $(HOME_DIR) build/superset

clients: setup  ## a release read by DuckDB 1.1 to 1.5, psql, pandas, ODBC, JDBC; the last result stands in docs/runbooks/publish.md
	@tests/system_packages.sh clients
	@[ -e $(HOME_DIR)/published/current ] || $(MAKE) --no-print-directory demo
	@$(BIN)/python -m tests.clients $(HOME_DIR)

bench-plan: setup  ## least plans of growing counties beside plain steps (docs/benchmarks.md)
	@$(BIN)/python -m bench.plan

plans: setup  ## the planner against trying everything, 1,000 small counties (docs/benchmarks.md)
	@PLANNED_COUNTIES=1000 $(BIN)/python -m pytest -q tests/unit/planning/test_least_cost.py tests/oracle/test_least_plans.py

requirements: $(VENV)/bin/uv  ## compile the pins anew
	@cd requirements && ../$(BIN)/uv pip compile ../pyproject.toml --override overrides.txt --extra postgres \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o base.txt
	@cd requirements && ../$(BIN)/uv pip compile ../pyproject.toml --override overrides.txt --extra postgres --extra server \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o server.txt
	@cd requirements && ../$(BIN)/uv pip compile ../pyproject.toml --override overrides.txt --extra postgres --extra server --extra dev \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o dev.txt
	@cd requirements && ../$(BIN)/uv pip compile superset.in --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o superset.txt
	@cd requirements && ../$(BIN)/uv pip compile fuzz.in --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o fuzz.txt
	@cd requirements && ../$(BIN)/uv pip compile spark.in --override overrides.txt \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o spark.txt

clean:
	@rm -rf $(VENV) demo dbt_project/target build *.egg-info
