"""The platform: one component a file, each named for what it makes."""
