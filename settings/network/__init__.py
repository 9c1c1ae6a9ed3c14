"""The network and its edge."""
