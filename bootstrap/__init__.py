"""What an AWS account needs once: a Pulumi project of its own."""
