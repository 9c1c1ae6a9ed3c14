"""What a job asks before it changes a stack, and the lock that a killed one leaves."""
