"""What a service adds to its task: containers and permissions."""
