"""Rollouts: followed until they end."""
