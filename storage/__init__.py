"""Storage remembers: one schema on SQLite or PostgreSQL, one writer with group commit, readers beside it."""
