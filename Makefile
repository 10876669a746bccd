# Hai lệnh chính: `make demo` mở phường mẫu, `make test` chạy mọi kiểm tra.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What is compiled once is kept, also where the environment forbids it: the tests start the program many times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check types style chat bench audit clean

$(VENV)/demo: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/dev: $(VENV)/demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/demo
	$(BIN)/hocvuso demo

chat: $(VENV)/demo
	$(BIN)/hocvuso chat

test: check
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/dev
	$(MAKE) --no-print-directory -j2 types style

types:
	$(BIN)/mypy

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/hocvuso check

bench: $(VENV)/dev
	$(BIN)/python -m bench.turns --json
	$(BIN)/python -m bench.http --json
	$(BIN)/python -m bench.faq --json

audit:
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)-audit/bin/pip-audit --strict --no-deps --disable-pip -r constraints.txt

clean:
	rm -rf $(VENV) $(VENV)-audit data/demo.sqlite3*
