"""A PostgreSQL server of a test's own, at 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.waiting import until


@contextmanager
def postgres_server(
    superuser: str, initdb: Sequence[str], settings: Sequence[str] = ()
) -> Generator[int]:
    """Its port. `initdb` are more options of that program, `settings` are name=value.

    Its folder is not below pytest's: each start of pytest closes that one to other users, such as
    PostgreSQL's (getbasetemp in src/_pytest/tmpdir.py).
    """
    binaries = Path(program("postgresql")).parent
    port = free_port()
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    prefix = as_user if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if prefix:
            shutil.chown(folder, "postgres")
        data = Path(folder) / "data"
        create = [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", superuser, *initdb]
        made = subprocess.run(create, check=False, capture_output=True, text=True, cwd="/")
        assert made.returncode == 0, made.stderr
        options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", ""]
        for setting in settings:
            options += ["-c", setting]
        server = subprocess.Popen(
            [*prefix, str(binaries / "postgres"), "-D", str(data), *options],
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        try:
            ready = ["pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
            until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL answers")
            yield port
        finally:
            server.terminate()
            server.wait()
