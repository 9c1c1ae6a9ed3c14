"""One service on Fargate, and the cluster that runs it."""
