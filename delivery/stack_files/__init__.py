"""Stack files that delivery writes."""
