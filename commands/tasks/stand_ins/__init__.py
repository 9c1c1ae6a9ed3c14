"""What runs in containers beside the tasks: AWS's API and the load balancer."""
