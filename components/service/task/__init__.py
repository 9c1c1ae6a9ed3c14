"""The task of a service: image, containers, roles, task definition."""
