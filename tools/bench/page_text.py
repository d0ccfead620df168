"""What docs/benchmarks.md says above the figures of each part of `make bench`."""

TEXTS = {
    "queries": """\
## The queries

Written by `make bench ARGS=--write`, which repeats it (`--scale 10` for ten million executions): {count}
queries, each with 50 parameters, popular and rare, prepared, the middle of three runs, by the server's
clock. *row security* is the application's role with its policies; *explicit filter* the same tables with
the tenant named in the query and no policies; *documents* the tables and indexes of the documents as they
stand, without tenants' policies, on the same rows. All with random_page_cost = 1.1, as the embedded
server has it and a server on solid state should: with 4 the planner now and then sorts all runs of a
test. Buffers are exact; milliseconds are this machine's, and of the moment.

Every other time somebody asks who sees every project. The policies read such a person's memberships once
for each table of a query: of 1,000 projects, at scale 10, that is 0.15 ms, and most of what the short
queries take there. Where a query as its document writes it can't be quick for everybody, a function or a
view that can is measured beside it.

p95 by scale, both axes logarithmic; a flat line is a query that does not notice how much there is:
""",
    "aggregates": """\
## Figures over everything

Written by the same command (alone: `make bench/aggregates`). Medians, ours and the documents' in turn.
Ours are refreshed CONCURRENTLY, and read under row security by somebody who sees every project. The
documents' views multiply their tables before they count: their figures are wrong as well as late, and
what takes them longer than {patience} s is not waited for.

A refresh reads thirty days of executions once, by the index on their time. Tables of sums kept by
triggers would beat it, but each batch would lock its project's row of the day until it commits, so that
two writers of one project would wait for each other; within these times nobody needs that.

Milliseconds by scale:
""",
    "ingest": """\
## Ingest

Written by the same command (alone: `make bench/ingest`): executions written to `webtest.test_executions`
and to the documents' table, the same rows in turn, medians of several rounds. INSERT and the single rows
are the application's role under row security; COPY is `bulk_loader`. Every key, reference and CHECK is
enforced; through PgBouncer (transaction pooling, no named statements, as docs/connecting.md has it) each
row is a transaction, ours with the `set_config` that says for whom. *server's CPU* is what the server's
own process computed, which other work on the machine hardly touches. Nearly half of an INSERT of 1,000
rows is reading the text of its VALUES, for both alike; from arrays, one for each column
(docs/connecting.md), the same rows take little more than COPY does. Indexes of both are counted in
tables filled from empty, with rows that share their moment by the thousand, as an INSERT makes them, and
with rows of a moment each.

Where the time goes is measured by leaving one part out at a time, in a transaction that is rolled back.
No trigger fires but those of the two foreign keys, which lock the row they refer to; the one that fills a
missing project has a WHEN that is false; nothing notifies; the table is not partitioned, so that nothing
is routed.

Rows a second by scale:
""",
}
