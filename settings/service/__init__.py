"""One service on Fargate: size, health, route, scaling, rollout."""
