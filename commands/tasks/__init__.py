"""The rendered task definitions in containers on this machine, as Fargate would run them."""
