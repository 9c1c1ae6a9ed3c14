"""Hosts of its own for a copied environment, wherever the settings hold a host of the stack."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, MutableSequence
from dataclasses import dataclass
from typing import Any, cast

from delivery.stack_files.editing import rename
from settings.problems import NAMESPACE

AFTER_SCHEME = re.compile(r"(?<=://)[a-z0-9-]+(?:\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Hosts:
    """From the hosts of the environment `before`, which has the domain, to those of `name`."""

    name: str
    before: str
    domain: str | None

    def own(self, host: str) -> str:
        """qa.example.com of staging.example.com, qa.app.example.com of app.example.com; below the
        domain what the domain becomes, whatever stands before it."""
        if self.domain and self._is_below(host):
            return host.removesuffix(self.domain) + self._prefixed(self.domain)
        wildcard = "*." if host.startswith("*.") else ""
        return wildcard + self._prefixed(host.removeprefix(wildcard))

    def own_url(self, text: str) -> str:
        """With its host, if that is below the domain: others belong to no stack."""
        return AFTER_SCHEME.sub(lambda m: self.own(m[0]) if self._is_below(m[0]) else m[0], text)

    def still_names(self, text: str) -> bool:
        """Whether it names a host of the other environment; an address for mail is none."""
        if not self.domain:
            return False
        found = re.findall(rf"(?<![\w@.-])(?:[\w-]+\.)*{re.escape(self.domain)}(?![\w.-])", text)
        new = self._prefixed(self.domain)
        return any(host != new and not host.endswith(f".{new}") for host in found)

    def _is_below(self, host: str) -> bool:
        return bool(self.domain) and f".{host}".endswith(f".{self.domain}")

    def _prefixed(self, host: str) -> str:
        return f"{self.name}.{host.removeprefix(f'{self.before}.')}"


def give_own_hosts(config: MutableMapping[str, Any], hosts: Hosts) -> None:
    """Changes every host of a checked stack config: the settings' other texts stay."""
    _set(config, f"{NAMESPACE}:domain", hosts.own)
    redirects = _map(config, f"{NAMESPACE}:edge", "redirects")
    for host in list(redirects):
        _set(redirects, host, hosts.own)
        rename(cast(Any, redirects), host, hosts.own(host))
    for service in _maps(_map(config, f"{NAMESPACE}:services")):
        _set_all(_map(service, "route").get("hosts", []), hosts.own)
    _set(_map(config, f"{NAMESPACE}:monitoring", "grafana"), "host", hosts.own)
    _set(_map(config, f"{NAMESPACE}:monitoring", "alerting"), "grafanaUrl", hosts.own_url)
    for bucket in _maps(_map(config, f"{NAMESPACE}:buckets")):
        _set_all(_map(bucket, "cors").get("origins", []), hosts.own_url)


def _map(value: MutableMapping[str, Any], *keys: str) -> MutableMapping[str, Any]:
    """The map at these keys; an empty one where there is none."""
    for key in keys:
        value = value.get(key) or {}
    return value


def _maps(value: MutableMapping[str, Any]) -> Iterator[MutableMapping[str, Any]]:
    return (item for item in value.values() if item)


def _set(holder: Any, key: str | int, change: Any) -> None:
    """Changes a text, if there is one, in its style of quotes."""
    if isinstance(holder, MutableMapping) and key not in holder:
        return
    text = holder[key]
    holder[key] = type(text)(change(text))


def _set_all(holder: MutableSequence[Any], change: Any) -> None:
    for index in range(len(holder)):
        _set(holder, index, change)
