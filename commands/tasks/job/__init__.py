"""Jobs of the stack, each run once as its state machine would run it."""
