"""A PostgreSQL server that asks for passwords, as the local stand-in of RDS does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.tasks.stores import sql_text
from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.waiting import until

ADMIN, USER = "rdsadmin", "plataforma"


@dataclass(frozen=True)
class PostgresServer:
    port: int

    def make_user(self) -> None:
        made = self._psql(ADMIN, ADMIN, f"CREATE ROLE {USER} LOGIN;")
        assert made.returncode == 0, made.stderr

    def set_password(self, password: str) -> None:
        """As the image's entrypoint runs a file: psql --file."""
        changed = self._psql(ADMIN, ADMIN, f"ALTER ROLE {USER} PASSWORD {sql_text(password)};")
        assert changed.returncode == 0, changed.stderr

    def accepts(self, password: str) -> bool:
        return self._psql(USER, password, "SELECT 1").returncode == 0

    def _psql(self, user: str, password: str, script: str) -> subprocess.CompletedProcess[str]:
        options = ["-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-q", "-h", "127.0.0.1", "-f", "-"]
        return subprocess.run(
            ["psql", *options, "-p", str(self.port), "-U", user, "-d", "postgres"],
            env={**os.environ, "PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"},
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def postgres_server(folder: Path) -> Generator[PostgresServer]:
    binaries = Path(program("postgresql")).parent
    port, data, password = free_port(), folder / "data", folder / "password"
    password.write_text(f"{ADMIN}\n")
    password.chmod(0o644)
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    prefix = as_user if os.geteuid() == 0 else []
    if prefix:
        for above in (folder, *folder.parents):
            if above.is_relative_to(tempfile.gettempdir()) and above.owner() == "root":
                above.chmod(above.stat().st_mode | 0o055)
        data.mkdir()
        shutil.chown(data, "postgres")
    initdb = [*prefix, str(binaries / "initdb"), "-D", str(data), "-U", ADMIN, "-E", "UTF8"]
    initdb += ["--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={password}"]
    made = subprocess.run(initdb, check=False, capture_output=True, text=True, cwd="/")
    assert made.returncode == 0, made.stderr
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", "", "-c", "fsync=off"]
    process = subprocess.Popen(
        [*prefix, str(binaries / "postgres"), "-D", str(data), *options],
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    try:
        ready = ["pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
        until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL answers")
        server = PostgresServer(port)
        server.make_user()
        yield server
    finally:
        process.terminate()
        process.wait()
