"""What the Makefile calls, one command a file."""
