"""Client of GitHub."""
