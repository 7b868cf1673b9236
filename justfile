# Tasks for contributors; `just --list` shows them. They use the environment of the README's test command.
bin := ".venv-test/bin"

# make the environment, and install the git hooks
setup:
    python3 -m venv .venv-test && {{bin}}/pip install -q -e '.[dev]' && {{bin}}/pre-commit install

# lint, format and types, as .ci/run checks them
check:
    {{bin}}/ruff check .
    {{bin}}/ruff format --check .
    {{bin}}/mypy

# the tests that start no process (under a minute); arguments go to pytest
fast *args:
    {{bin}}/python -m pytest -q -n logical --dist worksteal -m "not process" {{args}}

# every test; arguments go to pytest
test *args:
    {{bin}}/python -m pytest -q -n logical --dist worksteal {{args}}

# every benchmark with bounds as one table, status 1 where one falls short; or those that are named: just bench kills flood
bench *names:
    #!/usr/bin/env bash
    set -euo pipefail
    names="{{names}}"
    if [ -z "$names" ]; then exec {{bin}}/python benchmarks/all.py; fi
    for name in $names; do
      echo "+ benchmarks/$name.py"
      {{bin}}/python "benchmarks/$name.py"
    done

# a picture of every recorded state of the screen: just shots 80x24
shots size="120x36":
    #!/usr/bin/env bash
    set -euo pipefail
    mkdir -p shots
    for state in $({{bin}}/python -m tests.support.demo --list | cut -d' ' -f1); do
      {{bin}}/python -m tests.support.demo "$state" --size {{size}} --picture "shots/$state-{{size}}.svg"
      echo "shots/$state-{{size}}.svg"
    done
