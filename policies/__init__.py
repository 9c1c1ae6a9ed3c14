"""Rules for a stack's resources, as plain functions, and a policy pack made of them."""
