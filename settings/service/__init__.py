"""What runs on ECS: the cluster, images, services and the migration task."""
