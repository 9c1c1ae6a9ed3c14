"""What a pipeline runs around `pulumi up`: migrations, rollouts, rollbacks, comments, sweeps."""
