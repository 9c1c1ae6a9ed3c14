"""The commands for environments of pull requests, one a file."""
