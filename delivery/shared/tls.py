"""The certificates that HTTPS clients trust."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def system_certificates() -> ssl.SSLContext:
    """Those of the system, and not httpx's own list. Loading them takes longer than a request."""
    return ssl.create_default_context()
