# Short names for what run.py does, which works without make too. ARGS="..." goes to the program.

PYTHON ?= python3
DEV = $(PYTHON) run.py --dev --exec

.PHONY: run test check bench clean help

run: ## start Slipstream
	$(PYTHON) run.py $(ARGS)

# A worker that crashes is not started again: under loadfile, xdist would wait for it for ever.
test: ## run the tests
	$(DEV) python -m pytest -n 2 --dist loadfile --max-worker-restart 0 $(ARGS)

check: ## lint, format, types and architecture
	$(DEV) ruff check .
	$(DEV) ruff format --check .
	$(DEV) pyright
	$(DEV) python -m pytest tests/test_architecture.py

bench: ## measure this machine
	$(PYTHON) run.py bench $(ARGS)

clean: ## remove what builds and tests leave behind; the environment stays
	rm -rf build dist slipstream.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

help: ## list these
	@grep -E "^[a-z]+:.*##" Makefile
