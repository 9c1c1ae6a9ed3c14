"""Adds one more environment everywhere it must be known: `make environment NAME=qa`.

It is a copy of the environment before it, whose digests it deploys, with names, hosts and a range
of its own; secrets have to be set.
"""

from __future__ import annotations

import argparse
import ipaddress
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bootstrap import environments
from bootstrap.access.stacks import boundary_of
from commands.init.answers import FILE, AnswerError, read, text
from commands.init.apply import RenderError, render
from commands.init.own_hosts import Hosts, give_own_hosts
from commands.init.rename import RenameError
from commands.init.stack_text import title
from commands.init.undo import undone_on_error
from delivery.shared.pulumi_cli import ENCRYPTION_KEYS
from delivery.stack_files.editing import edited, remove, replace
from settings import stack_config, stack_file
from settings.load import parse
from settings.problems import NAMESPACE, own_values
from settings.project import ROOT

SOURCES = ("build", "digests", "promote")
"""Keys of `images` that say where images come from."""


@dataclass(frozen=True)
class Added:
    """The changed files, and the keys of texts that still name a host of the environment before."""

    changed: list[str]
    left: tuple[str, ...]


class EnvironmentExists(Exception):
    """There is one of that name, or none to put it behind."""


def add(project: Path, name: str, after: str | None = None) -> Added:
    """Adds `name` behind the environment `after`, which is the one before the last unless given.

    Errors: EnvironmentExists; StackFileError, SettingsError, AnswerError. Some files may then be
    written.
    """
    names = environments.names_in(project)
    before = after or names[max(len(names) - 2, 0)]
    _refuse(name, before, names, project)
    source = stack_file.find(before, project)
    _check(before, project)
    for file in sorted(set(project.glob(stack_file.file_name("*"))) - {source}):
        _check(file.name.split(".")[1], project)
    hosts = Hosts(name, before, _config_of(source).get(_key("domain")))
    path = _stack_file(project, source, hosts)
    _check(name, project)
    changed = [path.name, str(environments.FILE)]
    _list(project / environments.FILE, hosts, _config_of(path))
    following = names[names.index(before) + 1 :][:1]
    for stack in following:
        if _promote(stack_file.find(stack, project), name, before):
            changed.append(stack_file.file_name(stack))
    if (project / FILE).is_file():
        given = read(project / FILE)
        listed = [*given.environments]
        listed.insert(listed.index(before) + 1 if before in listed else len(listed), name)
        answers = given.model_copy(update={"environments": tuple(listed)})
        (project / FILE).write_text(text(answers))
        changed.append(str(FILE))
    left = tuple(
        ".".join(keys)
        for keys, value in stack_file.texts(_config_of(path))
        if hosts.still_names(value)
    )
    return Added(changed, left)


def _refuse(name: str, before: str, names: list[str], project: Path) -> None:
    if not re.fullmatch(r"(?!pr\d)[a-z][a-z0-9]{1,9}", name):
        raise EnvironmentExists(
            f"{name!r} is not allowed: 2 to 10 lower-case letters and digits, not pr and a number"
        )
    if name in names or stack_file.path_of(name, project).exists():
        raise EnvironmentExists(f"{name} exists already. Environments: {', '.join(names)}")
    if before not in names:
        raise EnvironmentExists(f"AFTER={before} is none of {', '.join(names)}")


def _check(stack: str, project: Path) -> None:
    """Errors: StackFileError, SettingsError."""
    values = stack_config.read(stack, project).values
    parse(own_values(values), stack_file.project_name(project), stack)


def _stack_file(project: Path, source: Path, hosts: Hosts) -> Path:
    name, before = hosts.name, hosts.before
    path = stack_file.path_of(name, project)
    lines = source.read_bytes().decode("utf-8").splitlines(keepends=True)
    path.write_bytes("".join(_comment(line, hosts) for line in lines).encode("utf-8"))
    with edited(path) as whole:
        for key in ENCRYPTION_KEYS:
            if key in whole:
                remove(whole, key)
        config = cast(CommentedMap, whole["config"])
        give_own_hosts(config, hosts)
        _in_texts(config, f"/{NAMESPACE}/{before}/", f"/{NAMESPACE}/{name}/")
        config[_key("environment")] = name
        if config.get(boundary := _key("permissionsBoundary")) == boundary_of(before):
            config[boundary] = boundary_of(name)
        network = config.get(_key("network"))
        if isinstance(network, CommentedMap) and "cidr" in network:
            network["cidr"] = _free_range(project, path)
        _take_digests(config, before)
        _unset_secrets(config)
    return path


def _comment(line: str, hosts: Hosts) -> str:
    """A line that is a comment, about the new environment; any other line as it is."""
    if not line.lstrip().startswith("#"):
        return line
    line = line.replace(f"STACK={hosts.before}", f"STACK={hosts.name}")
    titles = f"{hosts.before.capitalize()}|{re.escape(title(hosts.before))}"
    line = re.sub(rf"^# ({titles})(?=[.:] )", f"# {title(hosts.name)}", line)
    return hosts.own_url(line)


def _take_digests(config: CommentedMap, before: str) -> None:
    images = config.get(_key("images"))
    if isinstance(images, CommentedMap):
        for source in SOURCES:
            if source in images:
                replace(images, source, "promote", before)
                return


def _in_texts(value: Any, old: str, new: str) -> None:
    """Replaces within every text, at any depth: paths of parameters."""
    holders = value.items() if isinstance(value, CommentedMap) else enumerate(value)
    for key, item in list(holders):
        if isinstance(item, str) and old in item:
            value[key] = type(item)(item.replace(old, new))
        elif isinstance(item, (CommentedMap, CommentedSeq)):
            _in_texts(item, old, new)


def _unset_secrets(value: Any) -> None:
    """What another key encrypts has no meaning here."""
    for item in value.values() if isinstance(value, CommentedMap) else value:
        if isinstance(item, (CommentedMap, CommentedSeq)):
            _unset_secrets(item)
    if isinstance(value, CommentedMap) and "secure" in value:
        value["secure"] = "unset"


def _free_range(project: Path, path: Path) -> str:
    """A range like the others' that meets none of them."""
    taken = [
        ipaddress.ip_network(cidr)
        for file in project.glob(stack_file.file_name("*"))
        if file != path and (cidr := (_config_of(file).get(_key("network")) or {}).get("cidr"))
    ]
    blocks = (ipaddress.ip_network(f"10.{block}.0.0/16") for block in range(20, 250, 10))
    return str(next(b for b in blocks if not any(b.overlaps(other) for other in taken)))


def _list(path: Path, hosts: Hosts, config: dict[str, Any]) -> None:
    """Adds it to the account's environments, behind the one before it."""
    place: dict[str, Any] = {"name": hosts.name}
    for key in ("domain", "zone"):
        if _key(key) in config:
            place[key] = str(config[_key(key)])
    with edited(path) as content:
        listed = cast(CommentedSeq, content["config"][_key("environments")])
        position = [one["name"] for one in listed].index(hosts.before)
        if further := listed[position].get("hosts"):
            place["hosts"] = [hosts.own(host) for host in further]
        for key in ("zones", "resources"):
            if found := listed[position].get(key):
                place[key] = [_for(str(one), hosts) for one in found]
        entry = CommentedMap(place)
        entry.fa.set_flow_style()
        listed.insert(position + 1, entry)


def _for(text: str, hosts: Hosts) -> str:
    """A reference or an ARN, with the new environment's name in place of the other's."""
    return re.sub(rf"(?<=[/:-]){hosts.before}(?=[/:-]|$)", hosts.name, text)


def _promote(path: Path, name: str, before: str) -> bool:
    """The environment behind it deploys what it runs; returns whether the file changed."""
    if (_config_of(path).get(_key("images")) or {}).get("promote") != before:
        return False
    with edited(path) as content:
        content["config"][_key("images")]["promote"] = name
    return True


def _config_of(path: Path) -> dict[str, Any]:
    return cast(dict[str, Any], stack_file.load(path).get("config") or {})


def _key(name: str) -> str:
    return f"{NAMESPACE}:{name}"


def next_steps(name: str) -> list[str]:
    """GitHub's rules first: a role trusts an environment by its name (docs/threat-model.md)."""
    return [
        f"make preview STACK={name}",
        "make github       # its environments and their rules, as the repository's administrator",
        "make bootstrap    # its key, boundary and roles, as the account's administrator",
        f"make rekey STACK={name}    # its secrets, under its key",
        f"make doctor STACK={name}   # what is still missing",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make environment", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--after", metavar="NAME", help="default: the one before the last")
    args = parser.parse_args()
    try:
        with undone_on_error(ROOT):
            added = add(ROOT, args.name, args.after)
            render(ROOT)
    except (EnvironmentExists, AnswerError, RenameError, RenderError, pulumi.RunError) as error:
        unchanged = "" if "nothing was changed" in str(error) else "; nothing was changed"
        print(f"environment: {error}{unchanged}", file=sys.stderr)
        return 2
    print("changed " + ", ".join([*added.changed, ".github/workflows/promote.yml", "infra/aws/"]))
    if added.left:
        file = stack_file.file_name(args.name)
        print(f"{file} still names hosts of the environment that it copies, change them if it")
        print("should not:\n  " + "\n  ".join(added.left))
    print("\nNext, in this order:\n" + "\n".join(f"  {step}" for step in next_steps(args.name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
