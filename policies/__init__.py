"""Rules that an edit of a stack file can break: plain functions, and a policy pack of them."""
