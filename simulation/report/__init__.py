"""What a plan says to people: its tree, its totals, and what it needs of quotas."""
