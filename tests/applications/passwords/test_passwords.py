"""A password of any printable kind passes unharmed through each place that takes one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from commands.local.secrets import password_problems
from settings.project import ROOT
from tests.applications.passwords import places
from tests.applications.passwords.postgres import PostgresServer, running_postgres
from tests.support.rabbitmq_server import rabbitmq_server

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
WORST = f" '{PRINTABLE}ñß пароль 密码 🔑\" "
EXAMPLES = [
    WORST,
    "$(id) `id` ${HOME} $HOME $$ %s %25 \\n \\",
    "-n",
    *(f"{sign}secret{sign}" for sign in "'\"#\\$ "),
]
passwords = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=40
).filter(lambda password: not list(password_problems(password)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("passwords")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def reader() -> Iterator[subprocess.Popen[str]]:
    with places.reader() as process:
        yield process


def with_examples(test: Callable[..., None]) -> Callable[..., None]:
    for password in EXAMPLES:
        test = example(password=password)(test)
    return test


@pytest.mark.needs("node22", "redis", "postgresql")
@with_examples
@given(password=passwords)
@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_password_passes_unharmed_through_each_place(
    folder: Path, reader: subprocess.Popen[str], postgres: PostgresServer, password: str
) -> None:
    file = folder / "password.txt"
    file.write_text(f"{password}\n")

    with places.redis(folder, file) as redis:
        assert redis.accepts(password)
        assert not redis.accepts(f"{password}x")

    config = places.write_rabbitmq_config(folder, file).read_text()
    written = re.search(r"default_pass, <<([\d,]+)>>", config)
    assert written
    assert bytes(map(int, written[1].split(","))).decode() == password

    for service, executed, secret, name in (
        ("redis-exporter", "/redis_exporter", "redis_password", "REDIS_PASSWORD"),
        ("postgres-exporter", "/bin/postgres_exporter", "database_password", "DATA_SOURCE_PASS"),
    ):
        command = places.exporter(service, executed, secret, file)
        assert places.environment_of(command, name) == password

    copy = folder / "written"
    write = ["sh", str(ROOT / "images/write-files"), "true"]
    environment = {"SECRET": password, "FILES": f"SECRET={copy}", "PATH": "/usr/bin:/bin"}
    subprocess.run(write, env=environment, check=True)
    assert copy.read_text() == password

    direct: dict[str, str] = dict.fromkeys(places.NAMES, password)
    files = {f"{name}_FILE": str(file) for name in places.NAMES}
    for variables in (direct, files):
        for application in ("api", "worker"):
            read = places.read_by(reader, application, variables)
            assert read == [password] * len(places.NAMES)

    postgres.set_password(password)
    assert postgres.accepts(password)
    assert not postgres.accepts(f"{password}x")
    assert places.given_to_grafana(folder, postgres.port, password) == password


@pytest.mark.needs("rabbitmq")
def test_rabbitmq_starts_with_the_worst_password(tmp_path: Path) -> None:
    file = tmp_path / "password.txt"
    file.write_text(f"{WORST}\n")
    config = places.write_rabbitmq_config(tmp_path, file)
    with ExitStack() as stack:
        server = stack.enter_context(
            rabbitmq_server(tmp_path, advanced=config, user=("plataforma", WORST))
        )
        assert server.call("GET", "whoami", "plataforma", WORST) == 200
        assert server.call("GET", "whoami", "plataforma", f"{WORST}x") == 401


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "empty"),
        ("secret\r", "control character"),
        ("two\nlines", "control character"),
        ("a\N{NO-BREAK SPACE}b", "SASLprep"),
        ("a\N{SOFT HYPHEN}b", "SASLprep"),
        ("\N{LATIN SMALL LIGATURE FI}", "SASLprep"),
    ],
)
def test_what_a_part_cannot_take_is_said_before(password: str, word: str) -> None:
    (problem,) = password_problems(password)
    assert word in problem
    assert password == "" or password not in problem


@pytest.mark.parametrize("password", ["a${b}", "$__file{/etc/passwd}", "%(user)s"])
def test_grafana_is_given_nothing_that_it_replaces(password: str) -> None:
    assert list(password_problems(password)) == []
    (problem,) = password_problems(password, grafana=True)
    assert "Grafana" in problem
