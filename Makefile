# `make demo` shows the system, `make test` checks it, `make check` reads it. Everything happens in .venv of this folder.

SHELL := /bin/bash
PY := .venv/bin/python
CODE := contracts shared services client cli sample benchmarks deploy
# A new lock, a new pyproject or another folder means a new installation; nothing else does.
STAMP := .venv/installed-$(shell (pwd; cat requirements.lock pyproject.toml) | cksum | cut -d' ' -f1)
UV := $(shell command -v uv)
INSTALL := $(if $(UV),$(UV) pip install -q --python $(PY),$(PY) -m pip install -qq --disable-pip-version-check)
LOCK := pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --universal -q

.PHONY: install demo serve test unit check bench bench-quick services services-stop schemas lock clean

# numba compiles anew what stands in a changed file, but not what was inlined from it into others: then all of it goes.
install: $(STAMP)
	@newest=$$(ls -t $$(grep -rl numba --include='*.py' shared services) | head -1); \
	find shared services -name '*.nb[ic]' ! -newer "$$newest" -delete

$(STAMP): | .venv/bin/python
	@$(if $(UV),true,$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null)
	@echo "installing the locked packages into .venv"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@$(PY) -c "import shared.zonal.kernel, services.staging.stage, services.staging.geojson"  # compile once, so that no first job waits
	@rm -f .venv/installed-* && touch $@

.venv/bin/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exec $$python -m venv .venv; fi; \
	done; echo "Plotproof needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11" >&2; exit 1

demo: install
	@$(PY) -m cli.main demo

serve: install
	@$(PY) -m cli.main serve

# Servers: those of RABBITMQ_URL and DATABASE_URL, else private ones if their programs are installed, else these tests are skipped.
# What breaks things, is held to seconds or shares systems of many processes has the machine for itself, after the rest.
ALONE := system or fault or slow
test: install
ifdef ARGS
	@$(PY) -m deploy.servers run $(PY) -m pytest $(ARGS)
else
	@$(PY) -m deploy.servers run bash -c '$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not ($(ALONE))" && $(PY) -m pytest -m "$(ALONE)"'
endif

unit: install
	@$(PY) -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not services and not system and not fault and not slow and not process and not long" $(ARGS)

check: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict $(CODE)
	PYTHONPATH=. .venv/bin/lint-imports
	$(PY) -m contracts.publish --check

bench: install
	@$(PY) -m deploy.servers run $(PY) -m benchmarks $(ARGS)

bench-quick: install
	@$(PY) -m benchmarks quick $(ARGS)

services: install
	@$(PY) -m deploy.servers start

services-stop: install
	@$(PY) -m deploy.servers stop

schemas: install
	@$(PY) -m contracts.publish
	@$(PY) -m services.gateway.openapi

lock:
	@test -n "$(UV)" || { echo "make lock needs uv" >&2; exit 1; }
	$(UV) $(LOCK) --all-extras -o requirements.lock
	$(UV) $(LOCK) --extra build -c requirements.lock -o deploy/image.lock

clean:
	@if [ -x $(PY) ] && [ -e .services/servers.json ]; then $(PY) -m deploy.servers stop; fi
	rm -rf .venv .services .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
