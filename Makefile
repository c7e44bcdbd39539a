# `make test` sets up what the tests need and runs them all. `make help` lists the rest.

PYTHON ?= python3
CARGO_DENY_VERSION := 0.20.2
TOOLS := $(CURDIR)/.tools

# cargo-lambda finds its compiler, and SAM finds cargo-lambda, beside them.
export PATH := $(TOOLS)/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
export CARGO_TERM_COLOR ?= auto

.PHONY: help test tools lint doc deny unit bench clean-tools

help:
	@echo "make test    set up the tools and run everything that CI runs"
	@echo "make unit    the tests alone, with what tools there are"
	@echo "make lint    formatting and clippy"
	@echo "make doc     the documentation of every item, private ones included"
	@echo "make deny    licences, banned and duplicate crates, sources"
	@echo "make tools   the Python environment of the tests, and cargo-deny"
	@echo "make bench   the measurements of docs/performance.md"

test: tools lint unit doc deny
	@if [ -s target/left-out.txt ]; then echo; echo "Left out here:"; sed 's/^/  /' target/left-out.txt; fi

# The marker is as new as the versions that are pinned.
tools: $(TOOLS)/.ready $(TOOLS)/bin/cargo-deny

$(TOOLS)/.ready: $(wildcard tests/*requirements.txt)
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	$(PYTHON) -m venv $(TOOLS)/emulator
	$(TOOLS)/emulator/bin/pip install --quiet --disable-pip-version-check --requirement tests/emulator-requirements.txt
	ln -sf ../emulator/bin/ministack $(TOOLS)/bin/ministack
	$(PYTHON) -m venv $(TOOLS)/schemathesis
	$(TOOLS)/schemathesis/bin/pip install --quiet --disable-pip-version-check --requirement tests/schemathesis-requirements.txt
	ln -sf ../schemathesis/bin/schemathesis $(TOOLS)/bin/schemathesis
	$(PYTHON) -m venv $(TOOLS)/browser
	$(TOOLS)/browser/bin/pip install --quiet --disable-pip-version-check --requirement tests/browser-requirements.txt
	touch $@

$(TOOLS)/bin/cargo-deny: Makefile
	@if [ "$$($@ --version 2>/dev/null)" != "cargo-deny $(CARGO_DENY_VERSION)" ]; then \
		cargo install --quiet --root $(TOOLS) --debug --locked cargo-deny@$(CARGO_DENY_VERSION); fi
	touch $@

# One profile for everything: the SDK's crates are built once, and checked once by clippy.
unit:
	@mkdir -p target && rm -f target/left-out.txt
	cargo build --workspace --bins --locked
	@# The README's first command, but for the profile.
	cargo run --quiet --locked -- demo --no-serve --out target/demo.txt
	@# With the tools set up, a test that does not find one has failed.
	if [ -e $(TOOLS)/.ready ]; then export STAGECHECK_TOOLS=1; fi; cargo test --workspace --locked

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings

doc:
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --document-private-items --locked

deny:
	cargo deny --log-level error check bans licenses sources

bench: tools
	benches/run
	benches/diff
	benches/logs
	benches/functions
	benches/load 20

clean-tools:
	rm -rf $(TOOLS)
