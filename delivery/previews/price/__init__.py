"""What a change costs a month, in a comment."""
