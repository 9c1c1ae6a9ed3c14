"""What is done once, before the first deployment: the account, and the repository on GitHub."""
