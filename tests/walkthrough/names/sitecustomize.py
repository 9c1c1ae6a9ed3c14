"""In the walk's jobs the hosts of example.com are on this machine, at the ports of site.py."""

import os
import socket
from typing import Any

PORTS = {
    80: int(os.environ.get("WALK_HTTP_PORT", "80")),
    443: int(os.environ.get("WALK_HTTPS_PORT", "443")),
}
_real = socket.getaddrinfo


def getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
    if isinstance(host, str) and host.endswith(".example.com"):
        host, port = "127.0.0.1", PORTS.get(port, port)
    return _real(host, port, *more, **named)


socket.getaddrinfo = getaddrinfo
