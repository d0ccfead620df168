"""Months of partitioned logs, stored as files that explain themselves, and brought back from them."""
