"""Stack files that delivery changes or writes."""
