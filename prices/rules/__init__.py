"""What AWS bills for a resource: one function a type, by topic."""
