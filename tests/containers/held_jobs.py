"""Jobs that begin and can't end, so that a test needs no luck to see them run."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager

LOCK = "BEGIN; LOCK TABLE job_effects IN SHARE MODE; SELECT 'locked';\n"
END_WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@contextmanager
def no_job_ends(engine: str, postgres: str) -> Generator[None]:
    """A job's end and its effect are one statement, which waits for PostgreSQL's lock. The worker
    gives a statement 10 s (query_timeout), so the block waits for nothing but jobs that run."""
    pipe = subprocess.PIPE
    with subprocess.Popen(_psql(engine, postgres), stdin=pipe, stdout=pipe, text=True) as session:
        assert session.stdin
        assert session.stdout
        session.stdin.write(LOCK)
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        yield


def refuse_their_ends(engine: str, postgres: str) -> None:
    """PostgreSQL would finish the statement of a worker that is gone: jobs end without effect."""
    subprocess.run(_psql(engine, postgres), input=END_WAITING, text=True, check=True)


def _psql(engine: str, postgres: str) -> tuple[str, ...]:
    session = ("exec", "--interactive", postgres, "psql", "--quiet", "--no-align", "--tuples-only")
    return (engine, *session, "--username=plataforma", "--dbname=plataforma")
