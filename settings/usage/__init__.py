"""What the price of a preview assumes of a month."""
