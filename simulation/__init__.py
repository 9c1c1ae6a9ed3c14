"""SIMULATION, not AWS: previews and updates of a stack without an account."""
