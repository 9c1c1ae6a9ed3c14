"""What a planned stack costs a month at AWS's list prices, and what is unknown of it."""
