"""The commands that change how a service runs, and not what it runs, one a file."""
