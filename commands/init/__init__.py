"""A team makes a clone its own: `make init`, and one more environment: `make environment`."""
