"""Says what a stack still lacks before its first deployment: `make doctor STACK=staging`.

It asks GitHub about the repository's settings where it has a token (GITHUB_TOKEN, or that of
GitHub's CLI), and never AWS: what only AWS knows is listed as to be done there.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bootstrap import environments
from commands import tools
from commands.init.upstream import EXAMPLE_ACCOUNT, EXAMPLE_ZONE, OWNER
from commands.live import github
from commands.live.repository import repository_of
from commands.outside_boundary import outside_boundary
from commands.preview import EXPECTED_ERRORS
from commands.render import workflows
from delivery.shared.errors import DeliveryError
from delivery.shared.pulumi_cli import ENCRYPTION_KEYS
from policies.check import violations
from settings import stack_file
from settings.problems import NAMESPACE, SettingsError
from settings.project import ROOT
from settings.secrets import REFERENCE_PREFIXES
from settings.service.registries import ecr_registry
from simulation import process

ACCOUNT_FILE = str(environments.FILE)
PLACEHOLDERS = {
    re.compile(rf"^{EXAMPLE_ACCOUNT}$"): "the sample account: write your own",
    re.compile(rf"^{EXAMPLE_ZONE}$"): "the sample zone: write the id of your hosted zone",
    re.compile(r"(^|[@./])example\.(com|org|net)$"): "a domain for examples: write your own",
    re.compile(rf"[/-]{EXAMPLE_ACCOUNT}$"): "made of the sample account: write your own",
    re.compile(rf"^{EXAMPLE_ACCOUNT}\.dkr\."): "the registry of the sample account: write your own",
    re.compile(rf"^ghcr\.io/({OWNER}|owner)/"): "the registry of the sample: write your own",
    re.compile(rf"^({OWNER}|owner)(-|/)"): "of the sample's owner: write your own",
}


@dataclass(frozen=True)
class Finding:
    """Something to do: which kind, where, and what."""

    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def findings(stack: str, project: Path) -> list[Finding]:
    """What is left to do for a stack, in the order in which to do it.

    Errors: StackFileError where a file is missing or can't be read.
    """
    content = stack_file.load(stack_file.find(stack, project))
    stack_file.config_in(content, stack, NAMESPACE)
    account = stack_file.load(project / environments.FILE)
    return [
        *_refused(stack, project),
        *_placeholders(stack_file.file_name(stack), content),
        *_placeholders(ACCOUNT_FILE, _of_stack(account, stack)),
        *_owners(project),
        *_unlisted(stack, content, account, project),
        *_registry(content, account),
        *_outside_boundary(stack, content, account),
        *_unset(stack, content),
        *_programs(),
        *_repository(project),
        *_references(content),
    ]


def _refused(stack: str, project: Path) -> Iterator[Finding]:
    """What a preview refuses, and the rules that would stop a deployment."""
    file = stack_file.file_name(stack)
    try:
        plan = process.preview(stack, project)
    except EXPECTED_ERRORS as error:
        for line in str(error).splitlines():
            if line.startswith("  "):
                key, _, text = line.strip().partition(": ")
                yield Finding("refused", f"{file}, {key}", text)
        if "\n  " not in str(error):
            yield Finding("refused", file, str(error))
        return
    for violation in violations(plan.resources, stack):
        if violation.enforcement == "mandatory":
            yield Finding("refused", f"{file}, {violation.resource}", violation.message)


def _placeholders(file: str, content: Mapping[str, Any]) -> Iterator[Finding]:
    for keys, value in stack_file.texts(content.get("config") or {}):
        for sample, advice in PLACEHOLDERS.items():
            if sample.search(value):
                yield Finding("placeholder", f"{file}, {'.'.join(keys)}", f"{value} is {advice}.")
                break


def _of_stack(account: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """The account's content without the environments of other stacks."""
    config = dict(cast(dict[str, Any], account.get("config") or {}))
    listed = cast(list[dict[str, Any]], config.get(_key("environments")) or [])
    config[_key("environments")] = [one for one in listed if one.get("name") == stack]
    return {"config": config}


def _owners(project: Path) -> Iterator[Finding]:
    file = project / ".github/CODEOWNERS"
    if file.is_file() and "PLACEHOLDERS" in file.read_text():
        text = "holds placeholders: name teams or people of your own, and remove its first line."
        yield Finding("placeholder", ".github/CODEOWNERS", text)


def _unlisted(
    stack: str, content: Mapping[str, Any], account: Mapping[str, Any], project: Path
) -> Iterator[Finding]:
    """What the account's stack file and the stack's say differently."""
    config, of_account = content.get("config") or {}, account.get("config") or {}
    names = environments.names_in(project)
    if stack not in names:
        text = f"is missing here. `make environment NAME={stack}` adds one everywhere."
        yield Finding("missing", f"{ACCOUNT_FILE}, {_key('environments')}", f"{stack} {text}")
        return
    promotion = workflows.PAGE.relative_to(ROOT)
    if (project / promotion).read_text() != workflows.text_of(project):
        yield Finding("missing", str(promotion), "is not current: run `make workflows`.")
    entry = next(one for one in of_account[_key("environments")] if one["name"] == stack)
    pairs = [(key, of_account.get(_key(key))) for key in ("account", "region")]
    pairs += [(key, entry.get(key)) for key in ("domain", "zone")]
    for key, expected in pairs:
        found = config.get(_key(key))
        if found != expected:
            yield _differs(stack, key, found, expected)
    zones = _section(content, "zones").values()
    listed = cast(list[str], entry.get("zones") or [])
    if set(zones) != set(listed):
        yield _differs(stack, "zones", ", ".join(zones), ", ".join(listed))


def _differs(stack: str, key: str, found: object, expected: object) -> Finding:
    text = f"{found or 'none'} here, {expected or 'none'} in {ACCOUNT_FILE}: the roles allow"
    where = f"{stack_file.file_name(stack)}, {_key(key)}"
    return Finding("refused", where, f"{text} that alone.")


def _registry(content: Mapping[str, Any], account: Mapping[str, Any]) -> Iterator[Finding]:
    """Nothing but the account's own registry in ECR is pushed to."""
    images = _section(content, "images")
    found = (account.get("config") or {}).get(_key("registry"))
    wanted = str(images.get("registry") or "")
    if ecr_registry(wanted) and found != wanted:
        text = f"{found or 'none'}, but the stack's images are in {wanted}: write that."
        yield Finding("missing", f"{ACCOUNT_FILE}, {_key('registry')}", text)


def _outside_boundary(
    stack: str, content: Mapping[str, Any], account: Mapping[str, Any]
) -> Iterator[Finding]:
    """What tasks would be refused."""
    config, of_account = content.get("config") or {}, account.get("config") or {}
    for key, text in outside_boundary(stack, config, of_account):
        yield Finding("refused", f"{stack_file.file_name(stack)}, {_key(key)}", text)


def _unset(stack: str, content: Mapping[str, Any]) -> Iterator[Finding]:
    file = stack_file.file_name(stack)
    secrets = _section(content, "secrets")
    encrypted = [name for name, value in secrets.items() if isinstance(value, dict)]
    unset = [name for name in encrypted if "unset" in str(secrets[name])]
    if "secretsprovider" not in content:
        has_key = any(key in content for key in ENCRYPTION_KEYS)
        what = "has the sample passphrase" if has_key else "has no key yet"
        asks = f", which asks for {', '.join(encrypted)}" if encrypted else ""
        text = f"{what}: after `make bootstrap`, `make rekey STACK={stack}`{asks}."
        yield Finding("missing", file, text)
    else:
        for name in unset:
            text = f"has no value: `make secret STACK={stack} NAME={name}`."
            yield Finding("missing", f"{file}, {_key('secrets')}.{name}", text)


def _programs() -> Iterator[Finding]:
    """All are shown; a first deployment needs the Pulumi CLI."""
    for name, check in tools.TOOLS.items():
        tool = check()
        kind = "missing" if tool.problem and name == "pulumi" else "here"
        yield Finding(kind, tool.name, tool.problem or tool.found)


def _repository(project: Path) -> Iterator[Finding]:
    """The settings of the repository on GitHub, all of which `make github` sets."""
    try:
        account, backend = github.account_of(project / "bootstrap")
    except SettingsError as error:
        yield Finding("refused", ACCOUNT_FILE, str(error))
        return
    name = repository_of(account)
    client = github.client(os.environ)
    if client is None:
        text = "not looked up: `gh auth login` first, then `make github ARGS=--check`."
        yield Finding("on GitHub", name, text)
        return
    try:
        found = github.problems(account, backend, client)
    except DeliveryError as error:
        yield Finding("on GitHub", name, f"not looked up: {error}")
        return
    for problem in found:
        yield Finding("missing on GitHub", f"{name}, {problem.where}", problem.text)


def _references(content: Mapping[str, Any]) -> Iterator[Finding]:
    secrets = _section(content, "secrets")
    for name, value in secrets.items():
        reference = value.get("ref") if isinstance(value, dict) else value
        if not isinstance(reference, str) or not reference.startswith(REFERENCE_PREFIXES):
            continue
        store, _, path = reference.partition(":")
        command = (
            f"aws ssm put-parameter --type SecureString --name {path} --value ..."
            if store == "ssm"
            else f"aws secretsmanager create-secret --name {path.partition('#')[0]} "
            "--secret-string ..."
        )
        yield Finding("in AWS", name, f"create it, if it is not there: {command}")


def _section(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Empty where it is no map, which is refused."""
    section = (content.get("config") or {}).get(_key(name))
    return cast(dict[str, Any], section) if isinstance(section, dict) else {}


def _key(name: str) -> str:
    return f"{NAMESPACE}:{name}"


TITLES = {
    "refused": "Refused",
    "placeholder": "Still a placeholder",
    "missing": "Missing",
    "missing on GitHub": "Missing on GitHub (`make github` sets what is not people's or a file's)",
    "on GitHub": "On GitHub",
    "in AWS": "To be there before the first deployment (not looked up)",
    "here": "Programs on this machine",
}
NOTHING_TO_DO = frozenset({"in AWS", "on GitHub", "here"})


def main() -> int:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("--stack", required=True)
    stack = parser.parse_args().stack
    try:
        found = findings(stack, ROOT)
    except stack_file.StackFileError as error:
        print(f"doctor: {error}", file=sys.stderr)
        return 2
    for kind, title in TITLES.items():
        lines = [f"  {finding}" for finding in found if finding.kind == kind]
        if lines:
            print(f"{title}:", *lines, "", sep="\n")
    left = sum(finding.kind not in NOTHING_TO_DO for finding in found)
    print(f"{stack}: {left} to do" if left else f"{stack}: nothing is missing here")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
