"""What a job asks before it changes a stack."""
