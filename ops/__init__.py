"""Operations: configuration and scripts, each run for real by a test."""
