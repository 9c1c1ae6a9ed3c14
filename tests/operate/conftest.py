from tests.delivery.conftest import aws_server, one_server, stack

__all__ = ["aws_server", "one_server", "stack"]
