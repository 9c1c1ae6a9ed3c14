"""A registry of Debian's package docker-registry, on this machine alone."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.support.nginx_server import free_port


@contextmanager
def registry_server(folder: Path) -> Generator[str]:
    """Its address; it keeps its images in the folder."""
    address = f"127.0.0.1:{free_port()}"
    file = folder / "registry.yml"
    storage = f"storage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}"
    file.write_text(f"version: 0.1\n{storage}\nhttp: {{addr: '{address}'}}\n")
    command = ["docker-registry", "serve", str(file)]
    with (folder / "registry.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield address
    finally:
        server.terminate()
        server.wait()
