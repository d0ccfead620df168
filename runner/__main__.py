"""`python -m runner` is the same program as the console script `footing`."""

from runner.cli import main

main()
