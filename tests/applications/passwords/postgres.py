"""A PostgreSQL server that asks for passwords, as the local stand-in of RDS does."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.tasks.stores import sql_text
from tests.support.postgres_server import postgres_server

ADMIN, USER = "rdsadmin", "plataforma"


@dataclass(frozen=True)
class PostgresServer:
    port: int

    def make_user(self) -> None:
        made = self._psql(ADMIN, ADMIN, f"CREATE ROLE {USER} LOGIN CREATEDB;")
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
def running_postgres() -> Generator[PostgresServer]:
    with tempfile.NamedTemporaryFile("w") as password:
        password.write(f"{ADMIN}\n")
        password.flush()
        Path(password.name).chmod(0o644)
        encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
        initdb = [*encoding, "-A", "scram-sha-256", f"--pwfile={password.name}"]
        with postgres_server(ADMIN, initdb, ["fsync=off"]) as port:
            server = PostgresServer(port)
            server.make_user()
            yield server
