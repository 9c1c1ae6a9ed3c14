"""One description for each resource type that the program or the bootstrap project uses."""
