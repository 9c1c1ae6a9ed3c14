"""What one plan changes of another."""
