"""The production stack in containers on this machine."""
