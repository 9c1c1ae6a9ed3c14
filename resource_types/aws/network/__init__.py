"""Networks and what lets traffic into them."""
