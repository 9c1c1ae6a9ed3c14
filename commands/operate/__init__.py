"""What people run against a stack on AWS, with their own credentials: `make run`, `logs`, ..."""
