"""AI Development Assistant: values, rights, search, archive, change feed and the fallback copy."""
