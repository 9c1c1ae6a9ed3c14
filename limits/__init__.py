"""AWS's limits per resource property: from AWS's own API models, and from its documentation."""
