"""IAM policies: who may assume a role, and which actions it may call on what."""
