"""Rollouts: watched to their ends."""
