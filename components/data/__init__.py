"""Database, cache and broker."""
