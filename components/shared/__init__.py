"""What components of several rooms use."""
