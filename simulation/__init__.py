"""AWS without an account: a SIMULATION of the resources this program registers, never AWS itself."""
