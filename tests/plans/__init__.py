"""The plans of the hot queries, on a hundred thousand executions."""
