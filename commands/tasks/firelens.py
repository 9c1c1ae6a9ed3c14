"""The configuration that ECS writes for a FireLens log router, and what it gives the others.

Sources: aws/amazon-ecs-agent, agent/taskresource/firelens/firelensconfig_unix.go (what it
generates), agent/api/task/task.go and agent/engine/docker_task_engine.go (mounts, variables, the
options of the log driver); seen on Fargate in aws-samples/amazon-ecs-firelens-under-the-hood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONFIG_PATH = "/fluent-bit/etc/fluent-bit.conf"
SOCKET_FOLDER = "/var/run"
SOCKET = "fluent.sock"
# Options of awsfirelens that are the log driver's, not the output's.
BUFFER_LIMIT = "log-driver-buffer-limit"
METADATA, INCLUDE_TYPE, INCLUDE = (
    "enable-ecs-log-metadata",
    "config-file-type",
    "config-file-value",
)


class NotSupportedError(Exception):
    """A FireLens option that is not run here."""


def router(containers: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((item for item in containers if "firelensConfiguration" in item), None)


def uses_router(container: Mapping[str, Any]) -> bool:
    return container.get("logConfiguration", {}).get("logDriver") == "awsfirelens"


def configuration(
    containers: list[dict[str, Any]], cluster: str, task_arn: str, definition: str
) -> str:
    """fluent-bit.conf of the task's router."""
    found = router(containers)
    assert found is not None
    settings = found["firelensConfiguration"]
    if settings["type"] != "fluentbit":
        raise NotSupportedError(f"FireLens of type {settings['type']} does not run here")
    options = settings.get("options", {})
    sections = [
        _section("INPUT", Name="forward", unix_path=f"{SOCKET_FOLDER}/{SOCKET}"),
        _section("INPUT", Name="forward", Listen="127.0.0.1", Port="24224"),
        _section("INPUT", Name="tcp", Tag="firelens-healthcheck", Listen="127.0.0.1", Port="8877"),
    ]
    if options.get(METADATA, "true") == "true":
        name = definition.rpartition("/")[2]
        sections.append(
            "[FILTER]\n    Name record_modifier\n    Match *\n"
            f"    Record ecs_cluster {cluster.rpartition('/')[2]}\n"
            f"    Record ecs_task_arn {task_arn}\n    Record ecs_task_definition {name}\n"
        )
    if options.get(INCLUDE_TYPE) == "file":
        sections.append(f"@INCLUDE {options[INCLUDE]}\n")
    elif INCLUDE_TYPE in options:
        raise NotSupportedError(f"{INCLUDE_TYPE}: {options[INCLUDE_TYPE]} does not run here")
    sections.append(_section("OUTPUT", Name="null", Match="firelens-healthcheck"))
    sections += [_output(item) for item in containers if uses_router(item) and _named(item)]
    return "\n".join(sections)


def driver_options(container: Mapping[str, Any], socket: str, task_id: str) -> list[str]:
    """Options of `docker run` for a container whose log goes through the router."""
    options = container["logConfiguration"].get("options", {})
    settings = {
        "tag": f"{container['name']}-firelens-{task_id}",
        "fluentd-address": f"unix://{socket}",
        "fluentd-async-connect": "true",
        "fluentd-sub-second-precision": "true",
    }
    if BUFFER_LIMIT in options:
        settings["fluentd-buffer-limit"] = options[BUFFER_LIMIT]
    return ["--log-driver=fluentd", *(f"--log-opt={key}={settings[key]}" for key in settings)]


def without_router(request: Mapping[str, Any]) -> dict[str, Any]:
    """The same task definition without its router: the engine keeps the lines."""
    containers: list[dict[str, Any]] = request["containerDefinitions"]
    routers = {item["name"] for item in containers if "firelensConfiguration" in item}
    kept = [_unrouted(item, routers) for item in containers if item["name"] not in routers]
    return {**request, "containerDefinitions": kept}


def _unrouted(container: Mapping[str, Any], routers: set[str]) -> dict[str, Any]:
    left = {"logConfiguration"} if uses_router(container) else set[str]()
    kept = {key: value for key, value in container.items() if key not in left}
    needed = container.get("dependsOn", ())
    return kept | {"dependsOn": [n for n in needed if n["containerName"] not in routers]}


# The agent sets them in the awsvpc network mode.
VARIABLES = {"FLUENT_HOST": "127.0.0.1", "FLUENT_PORT": "24224"}


def _named(container: Mapping[str, Any]) -> bool:
    """Without `Name` there is no output: the included file has its own."""
    return "Name" in container["logConfiguration"].get("options", {})


def _output(container: Mapping[str, Any]) -> str:
    options = dict(container["logConfiguration"]["options"])
    options.pop(BUFFER_LIMIT, None)
    if filters := options.keys() & {"include-pattern", "exclude-pattern"}:
        raise NotSupportedError(f"{', '.join(sorted(filters))} of awsfirelens does not run here")
    name = options.pop("Name")
    return _section("OUTPUT", Name=name, Match=f"{container['name']}-firelens*", **options)


def _section(kind: str, **settings: str) -> str:
    return f"[{kind}]\n" + "".join(f"    {key} {settings[key]}\n" for key in settings)
