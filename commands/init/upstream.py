"""What a clone has that no team has made its own. The renaming leaves this file as it is."""

OWNER = "acme"
EXAMPLE_ACCOUNT = "123456789012"
EXAMPLE_ZONE = "Z0123456789EXAMPLE"
