"""What each document says a query gives, it gives: one test a query, on counted rows."""
