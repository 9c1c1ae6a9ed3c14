"""AWS without an account: a SIMULATION of the resources that the program registers."""
