"""The stack config as typed models, checked whole before any resource is registered."""
