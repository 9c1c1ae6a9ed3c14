"""The VPC and its security groups."""
