"""What is registered is what the commit's files say."""
