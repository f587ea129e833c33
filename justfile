# Short names for this project's commands; `just` lists them. It comes with '.[test]' (PyPI: rust-just).
# Every recipe is a plain command that can be typed without just.

export NO_MKDOCS_2_WARNING := "1"

_list:
    @just --list

# lint, formatting, types, the import contract
check:
    ruff check
    ruff format --check
    mypy
    lint-imports

# all tests, or some: just test tests/crop -k match
test *arguments:
    python -m pytest -n auto {{arguments}}

# the documentation site in build/site; warnings are errors
docs:
    python -m mkdocs build --strict

# write again what is made from the program: reference pages, then what the notebooks print
refresh:
    python -m tests.handbook
    python -m tests.handbook.notebooks

# measure: just bench evaluate (or convert, crop, importing, leakage, rasterize)
bench name="evaluate" *arguments:
    python -m tests.bench.{{name}} {{arguments}}

# change the code at random and count what the tests notice: just mutants split order --sample 100
mutants *arguments:
    python -m tests.mutants {{arguments}}

# malformed documents for every reader, and damaged projects for every command, more than the tests try: just fuzz 5000
fuzz examples="2000":
    python -m pytest -n auto tests/fuzz --fuzz-examples {{examples}}
    python -m pytest -n auto tests/formats -k odd_value --fuzz-examples {{examples}}

# everything that must hold before a change lands, in a copy of the checkout
ci:
    .ci/run
