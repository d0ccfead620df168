-- Filled by the migrations that make a log: a row that names no table would stop the next of them.
SELECT %(first)s, %(last)s
