# Everything is set up inside the targets, in the project's own virtual environment.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2

.PHONY: run test check bench prove docs lock clean

run: .venv/ready-run  ## the main job on the bundled release: one question, five labelled sample journeys, and one product from its bill to a plan
	$(BIN)/youyi rate 0713.31.90 --from MM --to CN
	$(BIN)/youyi assess src/youyi/examples/journeys.csv
	$(BIN)/youyi quote src/youyi/examples/vacuum_cleaner.yaml
	$(BIN)/youyi plan src/youyi/examples/vacuum_cleaner.yaml --agreement ACFTA --to CN

test: .venv/ready  ## every test, seeded samples of the long ones
	$(BIN)/python -m pytest -n $(JOBS)

check: .venv/ready  ## style and types
	$(BIN)/ruff check src tests bench tools
	$(BIN)/mypy

prove: .venv/ready  ## the long property runs in full; writes docs/proofs.md
	$(BIN)/python tools/proofs.py

bench: .venv/ready .venv-bench/ready  ## speed and memory beside peers, measured in one run; writes bench/RESULTS.md and bench/JOURNAL.md
	$(BIN)/python bench/run.py
	$(BIN)/python bench/origin.py
	$(BIN)/python bench/journal.py

docs: .venv/ready  ## the generated pages: scorecard, picture
	$(BIN)/python tools/make_scorecard.py
	$(BIN)/python tools/picture.py

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready-run: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/ready: .venv/ready-run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

.venv-bench/ready: requirements-bench.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --resolver=backtracking

lock: .venv/bin/python  ## write the locks anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(LOCK) -o requirements.lock requirements.in
	$(LOCK) -o requirements-dev.lock requirements-dev.in
	$(LOCK) -o requirements-bench.lock requirements-bench.in

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache build dist src/*.egg-info
