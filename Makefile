# Two commands do everything, from a bare machine on:
#   make certify   judge the reference container on a real engine
#   make test      check this project itself
# The others are their steps. Each looks first whether its work is done already.

# Which Python makes the environment; which image is the base (default: a slim Python image, or one made here);
# where pip finds CPU builds of PyTorch, if it cannot find them by itself.
PYTHON ?= python3
BASE ?=
TORCH_INDEX ?=
export PYTHON BASE TORCH_INDEX

IMAGE := training-container-conformance/reference:latest
WITH_ENGINE := . .cache/engine.env &&

.PHONY: help certify test matrix lint environment engine base reference compiler registry clean
.DEFAULT_GOAL := help

help:
	@echo 'make certify      set up all that is missing, then pytest --image=$(IMAGE)'
	@echo 'make test         set up all that is missing, then lint, types and the tests of this project'
	@echo 'make matrix       judge every mutant, which takes hours, and write docs/matrix.md'
	@echo 'make lint         ruff and mypy'
	@echo 'make environment  .venv with the project and its tools'
	@echo 'make engine       find a container engine, or install and start one'
	@echo 'make base         the base image (BASE=<image> for another)'
	@echo 'make reference    the reference image, $(IMAGE)'
	@echo 'make compiler     a C compiler, for a trainee of the tests'
	@echo 'make registry     a registry of images, for a test'
	@echo 'make clean        remove the environment, the report and the caches, that of make matrix too (images stay)'

certify: reference
	@$(WITH_ENGINE) exec .venv/bin/pytest --image=$(IMAGE) </dev/null

test: lint reference compiler registry
	@$(WITH_ENGINE) exec .venv/bin/pytest -n 2 --dist loadscope --no-loadscope-reorder </dev/null

matrix: reference compiler
	-@$(WITH_ENGINE) exec .venv/bin/python -m tests.mutants.matrix --size smoke --by rule </dev/null
	@$(WITH_ENGINE) exec .venv/bin/python -m tests.mutants.matrix --table docs/matrix.md </dev/null

lint: environment
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

environment:
	@.ci/environment

engine: environment
	@.ci/engine

base: engine
	@$(WITH_ENGINE) .venv/bin/python .ci/images.py base </dev/null

reference: base
	@$(WITH_ENGINE) .venv/bin/python .ci/images.py reference </dev/null

compiler:
	@command -v cc >/dev/null || .ci/apt-install gcc libc6-dev

registry:
	@.ci/registry

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache contract-report
