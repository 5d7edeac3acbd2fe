# `make run` = environment + demo + report; `make test` = the tests; `make lint` = the linters.

VENV := .venv
UV_VERSION := 0.13.9
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test test-slurm test-slurm-short faults study benchmarks lint lock clean

PROFILE := $(if $(wildcard /dev/nvidia0),profiles/local,profiles/demo)

run: $(VENV)/installed
	@start=$$(date +%s); snakemake --workflow-profile $(PROFILE) \
	  && echo "The workflow took $$(( $$(date +%s) - start )) s. Open results/demo/*/report.html"

test: $(VENV)/installed
	pytest

test-slurm: $(VENV)/installed # needs slurmctld slurmd slurmdbd slurm-client munge mariadb-server of Debian
	pytest -m slurm tests/slurm

ROOT :=

study: $(VENV)/installed # a day on two cores; ROOT=DIR is a local copy of the archives; goes on after a kill
	skyloom study $(if $(ROOT),--archive-root $(ROOT)) --workflow-profile $(PROFILE)

faults: $(VENV)/installed # an hour: 135 kills, thousands of damaged files; the page about them
	python tests/workflow/kills.py --kills 135 --table docs/tables/kills.tsv
	pytest -m "study or not study" tests/faults
	python tests/faults/reliability.py

test-slurm-short: $(VENV)/installed # a survey to its report, a cancelled training, ranks by srun
	pytest -m 'slurm and not study' tests/slurm

# Each against other tools, in turn, on one machine with nothing beside it.
MEASURED := augment simclr_epoch themis_stretch jpeg_reading fits_patches probe_fit redshift_metrics \
  embedding_rate hdbscan_clusters stage_memory "exact_neighbours --queries 4096" \
  "exact_neighbours --queries 4096 --threads 2"

benchmarks: $(VENV)/installed # a quarter of an hour; the page about speeds
	for script in $(MEASURED); do \
	  set -- $$script; name=$$1; shift; \
	  python benchmarks/$$name.py "$$@" --keep || exit 1; \
	done
	python benchmarks/page.py

lint: $(VENV)/installed
	ruff check .
	ruff format --check .
	mypy
	mypy --allow-untyped-calls benchmarks/*.py
	snakefmt --check Snakefile workflow
	snakemake --lint

lock: $(VENV)/installed
	uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-annotate \
	  pyproject.toml -o envs/requirements.lock
	python envs/export.py

$(VENV)/installed: envs/requirements.lock pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "skyloom needs Python 3.11 or newer; python3 is $$(python3 --version)"; exit 1; }
	@python3 -c 'import ensurepip, venv' \
	  || { echo "python3 lacks venv: apt-get install python3-venv"; exit 1; }
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode -r envs/requirements.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	touch $@

clean:
	rm -rf $(VENV) .snakemake logs
