"""What stands in for the managed stores, under their names and with the TLS that they force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from commands.tasks.engine import Engine
from commands.tasks.secret_values import SecretValues
from commands.tasks.stack import Stack

# The variables and images of docker-compose.prod.yml.
IMAGES = {
    "POSTGRES_IMAGE": "docker.io/library/postgres:17",
    "REDIS_IMAGE": "docker.io/library/redis:7",
    "RABBITMQ_IMAGE": "docker.io/library/rabbitmq:4-management",
}
TLS = "/tls"
_CERTIFICATE, _KEY, _AUTHORITY = (
    f"{TLS}/{name}" for name in ("server.crt", "server.key", "ca.crt")
)
# rds.force_ssl refuses what is not encrypted; there is no superuser but AWS's own.
_PG_HBA = "local all all trust\nhostssl all all all scram-sha-256\n"
_PG_ROLE = """CREATE ROLE "{user}" LOGIN CREATEDB CREATEROLE PASSWORD {password};
GRANT pg_monitor, pg_signal_backend TO "{user}";
CREATE DATABASE "{database}" OWNER "{user}";
"""
_POSTGRES = (
    "install -o postgres -g postgres -m 600 /tls/server.key /var/run/postgresql/server.key && "
    'exec docker-entrypoint.sh postgres "$@"'
)
# As bytes: RABBITMQ_DEFAULT_PASS takes none beyond Latin-1 (rabbit_data_coercion.erl, to_binary).
_RABBITMQ_USER = (
    '[{{rabbit, [{{default_user, <<"{user}">>}}, {{default_pass, <<{password}>>}}]}}].\n'
)
# Redis' ACL takes the SHA-256 of a password, which needs no quotes.
_REDIS_USER = (
    'user default on sanitize-payload #$(printf %s "$REDISCLI_AUTH" | sha256sum | cut -c -64) '
    "~* &* +@all"
)
_RABBITMQ = f"""listeners.tcp = none
listeners.ssl.default = 5671
ssl_options.cacertfile = {_AUTHORITY}
ssl_options.certfile = {_CERTIFICATE}
ssl_options.keyfile = {_KEY}
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
"""


@dataclass(frozen=True)
class Store:
    """A container: `hosts` are its names, `files` what it finds where. `command` starts it, `check`
    tells its health; both may name secrets, which are variables."""

    name: str
    image: str
    hosts: tuple[str, ...]
    command: tuple[str, ...]
    check: str
    files: dict[str, str]
    variables: dict[str, str]


def of(stack: Stack, values: SecretValues) -> list[Store]:
    return [*_postgres(stack, values), *_redis(stack), *_rabbitmq(stack)]


def start(engine: Engine, store: Store) -> None:
    folder = engine.folder / "stores" / store.name
    folder.mkdir(parents=True, exist_ok=True)
    mounts = [f"--volume={engine.folder / 'tls'}:{TLS}:ro"]
    for path, text in store.files.items():
        source = folder / Path(path).name
        source.write_text(text)
        source.chmod(0o444)
        mounts.append(f"--volume={source}:{path}:ro")
    engine.run(
        *("run", "--detach", f"--name={engine.named(store.name)}", *engine.labels),
        *(f"--network={engine.network}", f"--hostname={store.name}"),
        *(f"--network-alias={host}" for host in store.hosts),
        *mounts,
        *(f"--env={name}" for name in store.variables),
        *(f"--health-cmd={store.check}", "--health-interval=2s", "--health-timeout=20s"),
        *("--health-retries=60", store.image, *store.command),
        environment=store.variables,
    )


def _postgres(stack: Stack, values: SecretValues) -> Iterator[Store]:
    """One server for the primary, its replicas and the proxy: what is written is read at once."""
    instances = list(stack.plan.of_type("aws:rds/instance:Instance"))
    primary = next((item for item in instances if "replicateSourceDb" not in item.inputs), None)
    if primary is None:
        return
    managed: list[dict[str, str]] = primary.outputs.get("masterUserSecrets") or []
    password = primary.inputs.get("password") or values.of(f"{managed[0]['secretArn']}:password::")
    proxies = stack.plan.of_type("aws:rds/proxy:Proxy")
    user, database = primary.inputs["username"], primary.inputs["dbName"]
    parameters = stack.one("aws:rds/parameterGroup:ParameterGroup")
    settings = {
        item["name"]: item["value"]
        for item in (parameters.inputs.get("parameters", ()) if parameters else ())
        if not item["name"].startswith("rds.")
    }
    settings |= {"ssl": "on", "ssl_cert_file": _CERTIFICATE, "hba_file": "/etc/pg_hba.conf"}
    settings |= {"ssl_key_file": "/var/run/postgresql/server.key", "fsync": "off"}
    yield Store(
        name="postgres",
        image=_image("POSTGRES_IMAGE"),
        hosts=(
            *(item.outputs["address"] for item in instances),
            *(item.outputs["endpoint"] for item in proxies),
        ),
        command=(
            *("sh", "-c", _POSTGRES, "postgres"),
            *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")),
        ),
        check="pg_isready --quiet --host=127.0.0.1",
        files={
            "/etc/pg_hba.conf": _PG_HBA,
            "/docker-entrypoint-initdb.d/role.sql": _PG_ROLE.format(
                user=user, password=sql_text(password), database=database
            ),
        },
        variables={"POSTGRES_USER": "rdsadmin", "POSTGRES_PASSWORD": password},
    )


def sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _redis(stack: Stack) -> Iterator[Store]:
    group = stack.one("aws:elasticache/replicationGroup:ReplicationGroup")
    if group is None:
        return
    password, port = group.inputs.get("authToken", ""), int(group.inputs.get("port", 6379))
    tls = f"--tls-cert-file {_CERTIFICATE} --tls-key-file {_KEY} --tls-ca-cert-file {_AUTHORITY}"
    yield Store(
        name="redis",
        image=_image("REDIS_IMAGE"),
        hosts=(group.outputs["primaryEndpointAddress"], group.outputs["readerEndpointAddress"]),
        command=(
            "sh",
            "-c",
            f"exec redis-server - --port 0 --tls-port {port} {tls} --tls-auth-clients no "
            "--maxmemory 256mb --maxmemory-policy noeviction --protected-mode no "
            f"<<CONFIGURATION\n{_REDIS_USER}\nCONFIGURATION\n",
        ),
        check=f"redis-cli --tls --cacert {_AUTHORITY} -p {port} ping | grep -q PONG",
        files={},
        variables={"REDISCLI_AUTH": password},
    )


def _rabbitmq(stack: Stack) -> Iterator[Store]:
    broker = stack.one("aws:mq/broker:Broker")
    if broker is None:
        return
    user = broker.inputs["users"][0]
    endpoints = broker.outputs["instances"][0]["endpoints"]
    yield Store(
        name="rabbitmq",
        image=_image("RABBITMQ_IMAGE"),
        hosts=tuple(urlsplit(endpoint).hostname or "" for endpoint in endpoints),
        command=("rabbitmq-server",),
        check="rabbitmq-diagnostics -q check_port_connectivity",
        files={
            "/etc/rabbitmq/conf.d/20-tls.conf": _RABBITMQ,
            "/etc/rabbitmq/advanced.config": _RABBITMQ_USER.format(
                user=user["username"], password=",".join(map(str, user["password"].encode()))
            ),
        },
        variables={},
    )


def _image(variable: str) -> str:
    return os.environ.get(variable, IMAGES[variable])
