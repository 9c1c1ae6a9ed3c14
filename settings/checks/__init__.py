"""Checks of cross_checks.py about one subject each."""
