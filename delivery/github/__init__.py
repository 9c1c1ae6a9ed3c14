"""GitHub: its REST API and its Markdown."""
