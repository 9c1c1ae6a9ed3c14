"""The stack file of a pull request's environment: that of a base stack, changed by the overlay
infra/pull-request.yml."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from delivery.shared.errors import InputError
from settings import stack_config, stack_file
from settings.problems import NAMESPACE, SettingsError, own_values

NETWORK, SECRETS, SERVICES = (f"{NAMESPACE}:{key}" for key in ("network", "secrets", "services"))
JOBS, VOLUMES = f"{NAMESPACE}:jobs", f"{NAMESPACE}:volumes"
DOMAIN, EDGE = f"{NAMESPACE}:domain", f"{NAMESPACE}:edge"
OVERLAY = Path("infra/pull-request.yml")
RANDOM = "RANDOM"
LEFT_OUT = ("broker", "cache", "database", "domain", "migrations")
"""Parts that an environment has where its base stack has them."""
PULL_REQUEST_TAG = ("environment", "pull-request")
"""Name and value of a tag of environments: `pulumi stack ls --tag` reads only their state, and the
role may not read that of other stacks."""
LABEL = "environment"
"""Of a pull request that has an environment. Removing it starts a workflow that destroys that,
except where the pull request has conflicts: GitHub runs no workflow then."""
UNSET = {"secure": "unset"}
"""In place of a secret until the CLI has encrypted it."""


class _Section(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class Random(_Section):
    """A value generated once for each environment: RANDOM in it becomes 40 letters and digits."""

    random: str = Field(pattern=RANDOM)


Reference = Annotated[str, Field(pattern=r"^(ssm:/|secretsmanager:|arn:aws)")]


class Overlay(_Section):
    """infra/pull-request.yml. All but `secrets` are merge patches (RFC 7396): `config` of
    the config, the others of each service, job and volume."""

    base: str = Field(alias="from", min_length=1)
    secrets_provider: str = Field(pattern=r"^(awskms://|passphrase$)")
    config: dict[str, Any]
    services: dict[str, Any]
    jobs: dict[str, Any] = Field(default_factory=dict[str, Any])
    volumes: dict[str, Any] = Field(default_factory=dict[str, Any])
    secrets: dict[str, Reference | Random]

    @property
    def generated(self) -> dict[str, str]:
        """The templates of the secrets that are generated for each environment, by name."""
        return {n: s.random for n, s in self.secrets.items() if isinstance(s, Random)}


def read_overlay(path: Path) -> Overlay:
    """Errors: InputError listing every problem of the file."""
    try:
        return Overlay.model_validate(stack_file.load(path))
    except stack_file.StackFileError as error:
        raise InputError(str(error)) from None
    except ValidationError as invalid:
        problems = [
            f"  {'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in invalid.errors()
        ]
        raise InputError("\n".join([f"{path} is wrong:", *problems])) from None


def base_of(overlay: Overlay, project: Path) -> dict[str, Any]:
    """The `config` of the base stack. Errors: InputError if that has no stack file."""
    try:
        content = stack_file.load(stack_file.find(overlay.base, project))
        return stack_file.config_in(content, overlay.base, stack_file.project_name(project))
    except stack_file.StackFileError as error:
        raise InputError(f"infra/pull-request.yml: from: {error}") from None


def derived(
    base: Mapping[str, Any],
    overlay: Overlay,
    name: str,
    existing: Mapping[str, Any],
    known: Mapping[str, Any],
) -> dict[str, Any]:
    """The `config` of the environment's stack file.

    `base` is the config of the base stack, `existing` its VPC in the form of the setting
    network.existing, `known` the secrets that are already encrypted.

    Errors: InputError if the VPC has interface endpoints: they refuse the environment's tasks.
    """
    network = base.get(NETWORK) or {}
    if network.get("endpoints"):
        raise InputError(
            f"{NETWORK}.endpoints of {overlay.base}: only that stack's own tasks may use these "
            "endpoints, but they serve the whole VPC, which environments of pull requests share: "
            "remove the endpoints, or set `from` to a stack without endpoints."
        )
    config = patched(base, _named(_of_parts_in(base, overlay.config), name))
    kept = {key: network[key] for key in ("cidr", "nat") if key in network}
    config[NETWORK] = {**kept, "existing": dict(existing)}
    for key, patch in (
        (SERVICES, overlay.services),
        (JOBS, overlay.jobs),
        (VOLUMES, overlay.volumes),
    ):
        if every := cast(dict[str, Any], config.get(key) or {}):
            config[key] = {one: patched(its, _named(patch, name)) for one, its in every.items()}
    _move_hosts(config, str(base.get(DOMAIN)), str(config.get(DOMAIN)))
    config[SECRETS] = {
        secret: value if isinstance(value, str) else known.get(secret, UNSET)
        for secret, value in overlay.secrets.items()
    }
    return config


def _of_parts_in(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Without the patches of parts that the base stack leaves out: it would be made by them."""
    keys = {f"{NAMESPACE}:{key}" for key in LEFT_OUT}
    return {key: change for key, change in patch.items() if key in base or key not in keys}


def _move_hosts(config: dict[str, Any], domain: str, own: str) -> None:
    """Hosts below the base stack's domain are below the environment's own: its role may make no
    other record, and those of the base stack are taken."""

    def moved(host: str) -> str:
        below = host == domain or host.endswith(f".{domain}")
        return host.removesuffix(domain) + own if below else host

    for service in config[SERVICES].values():
        route = service.get("route") or {}
        if "hosts" in route:
            route["hosts"] = [moved(host) for host in route["hosts"]]
    edge = config.get(EDGE) or {}
    if "redirects" in edge:
        edge["redirects"] = {moved(h): moved(to) for h, to in edge["redirects"].items()}


def check(config: Mapping[str, Any], name: str, project: str) -> None:
    """Errors: InputError listing every problem that the program would find in it."""
    from settings import load

    values = stack_config.config_of({"config": config}, name, project).values
    try:
        load.parse(own_values(values), project, name)
    except SettingsError as wrong:
        raise InputError(
            f"the stack file of {name} would be wrong; fix infra/pull-request.yml:\n{wrong}"
        ) from None


def patched(value: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(cast(dict[str, Any], value)) if isinstance(value, dict) else {}
    for key, change in cast(dict[str, Any], patch).items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), change)
    return result


def _named(value: Any, name: str) -> Any:
    """`value` with {name} replaced in every text."""
    if isinstance(value, dict):
        return {key: _named(item, name) for key, item in cast(dict[str, Any], value).items()}
    return value.replace("{name}", name) if isinstance(value, str) else value
