"""What each program that a page names takes; a check gives what is wrong with a command."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from delivery.__main__ import parser as delivery_parser
from settings.project import ROOT
from tests.docs import aws_cli
from tests.docs.pages import Command, commands

MAKEFILE = (ROOT / "Makefile").read_text()
COMPOSE_TEXT = (ROOT / "docker-compose.prod.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
ANYTHING = frozenset(
    {".", "cd", "curl", "date", "df", "dig", "echo", "export", "grep", "head", "openssl", "rm"}
    | {"sed", "sort", "tail", "uniq", "wget", "psql", "pg_isready", "redis-cli", "redis-check-aof"}
    | {"rabbitmqctl", "rabbitmq-diagnostics", "nginx", "cat", "jq", "true"}
)
"""Programs whose arguments are not checked."""
COMPOSE_COMMANDS = frozenset(
    {"exec", "kill", "logs", "ps", "restart", "rm", "run", "start", "stop", "up"}
)
DOCKER = frozenset(
    {"login", "logs", "restart", "run", "stats", "image prune", "system df", "volume rm"}
)
GIT = frozenset({"add", "checkout", "commit", "diff", "fetch", "log", "merge", "push", "revert"})
GH = {
    "workflow run": frozenset({"-f", "--ref"}),
    "run rerun": frozenset({"--failed"}),
    "api": frozenset({"--jq"}),
    "auth login": frozenset[str](),
}
"""Source: github.com/cli/cli, pkg/cmd/workflow/run, pkg/cmd/run/rerun, pkg/cmd/api,
pkg/cmd/auth/login."""
OTHER_PYTHON = frozenset({"pytest"})


def make(command: Command) -> Iterator[str]:
    words = command.words[1:]
    targets = [word for word in words if "=" not in word]
    for target in targets:
        if not re.search(rf"^{re.escape(target)}:", _expanded_makefile(), re.MULTILINE):
            yield f"make has no target {target}"
    for word in (word for word in words if "=" in word):
        name, _, value = word.partition("=")
        if not re.search(rf"\$\((value )?{re.escape(name)}\)", MAKEFILE):
            yield f"the Makefile reads no variable {name}"
        elif name == "ARGS":
            yield from (p for target in targets for p in _passed_on(target, value))


@cache
def _expanded_makefile() -> str:
    simple = dict(re.findall(r"^(\w+) [:?]= (.*)$", MAKEFILE, re.MULTILINE))
    text = MAKEFILE
    for _ in range(3):
        text = re.sub(r"\$\((\w+)\)", lambda found: simple.get(found[1], found[0]), text)
    return text


def _passed_on(target: str, arguments: str) -> Iterator[str]:
    """The arguments in ARGS, as the target's own command takes them."""
    recipe = re.search(rf"^{re.escape(target)}:.*\n\t@?(.*)$", _expanded_makefile(), re.MULTILINE)
    called = re.search(r"(-m [\w.]+(?: \w+)?)", recipe[1]) if recipe else None
    if called is not None:
        yield from python(Command((), ("python", *called[1].split(), *arguments.split())))


def python(command: Command) -> Iterator[str]:
    if command.words[1:2] != ("-m",):
        yield "python runs a module here: python -m MODULE"
        return
    module, arguments = command.words[2], command.words[3:]
    if importlib.util.find_spec(module) is None:
        yield f"there is no module {module}"
    elif module in OTHER_PYTHON:
        yield from (
            f"there is no {word}"
            for before, word in pairwise(("", *arguments))
            if not word.startswith("-") and before not in ("-k", "-m", "-n")
            if not (ROOT / word.partition("::")[0]).exists()
        )
    elif module == "delivery" and arguments:
        yield from _delivery(arguments)
    elif arguments:
        yield from _module(module, arguments)


def _delivery(arguments: Sequence[str]) -> Iterator[str]:
    """What delivery's own parser says; a page may name a command alone, without its options."""
    refused = io.StringIO()
    try:
        with contextlib.redirect_stderr(refused), contextlib.redirect_stdout(io.StringIO()):
            delivery_parser(arguments[:1]).parse_args(arguments)
    except SystemExit as ended:
        message = refused.getvalue().strip().rpartition("error: ")[2]
        if ended.code and not (len(arguments) == 1 and "are required" in message):
            yield f"delivery {' '.join(arguments)}: {message}"


def _module(module: str, arguments: Sequence[str]) -> Iterator[str]:
    below = arguments[:1] if not arguments[0].startswith("-") else ()
    text = _help(module, *below)
    if text is None:
        yield f"{module} has no command {' '.join(below)}"
        return
    known = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", text))
    yield from (
        f"{module} {' '.join(below)} has no {flag}"
        for flag in (word.partition("=")[0] for word in arguments if word.startswith("-"))
        if flag not in known
    )


@cache
def _help(module: str, *below: str) -> str | None:
    """What `python -m module ... --help` prints; None where it refuses."""
    printed, before = io.StringIO(), sys.argv
    sys.argv = [module, *below, "--help"]
    code: object = 0
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv = before
    return None if code else printed.getvalue()


def docker(command: Command) -> Iterator[str]:
    words = command.words[1:]
    if words[0] != "compose":
        if not {words[0], " ".join(words[:2])} & DOCKER:
            yield f"docker {' '.join(words[:2])} is not in the table of documented commands"
        return
    rest = list(words[1:])
    while rest and rest[0] in ("-f", "--env-file", "--profile"):
        yield from _compose_option(rest[0], rest[1])
        rest = rest[2:]
    if not rest:
        return
    if rest[0] not in COMPOSE_COMMANDS:
        yield f"docker compose {rest[0]} is not in the table of documented commands"
        return
    named = [word for word in _arguments(rest[1:]) if word != "PLACEHOLDER"]
    services = named[:1] if rest[0] in ("exec", "run") else named
    yield from (f"compose has no service {s}" for s in services if s not in COMPOSE["services"])
    if rest[0] in ("exec", "run") and services:
        inner = rest[rest.index(services[0]) + 1 :]
        yield from (problem for problem in check(Command((), tuple(inner))) if inner)


def _compose_option(option: str, value: str) -> Iterator[str]:
    profiles = {p for s in COMPOSE["services"].values() for p in s.get("profiles", [])}
    if option == "--profile" and value not in profiles:
        yield f"compose has no profile {value}"
    if option != "--profile" and not any((ROOT / f).exists() for f in (value, f"{value}.example")):
        yield f"there is no {value}"


def _arguments(words: Sequence[str]) -> Iterator[str]:
    """Words that are neither options nor the values of options."""
    with_value = {"--since", "--tail", "-s", "-u"}
    for before, word in zip(["", *words], words, strict=False):
        if not word.startswith("-") and before not in with_value:
            yield word


def shell(command: Command) -> Iterator[str]:
    """`sh -c '...'`: each command in it."""
    for inner in commands(command.words[command.words.index("-c") + 1]):
        yield from check(inner)


def node(command: Command) -> Iterator[str]:
    for word in command.words[1:]:
        built = re.fullmatch(r"dist/(\w+)\.js", word)
        sources = [ROOT / app / f"src/{built[1]}.ts" for app in ("api", "worker")] if built else []
        if built and not any(source.exists() for source in sources):
            yield f"no application builds {word}"


def git(command: Command) -> Iterator[str]:
    if command.words[1] not in GIT:
        yield f"git {command.words[1]} is not in the table of documented commands"
    for word in command.words[2:]:
        if "/" in word and "=" not in word and not (ROOT / word).exists():
            yield f"there is no {word}"


def gh(command: Command) -> Iterator[str]:
    words = command.words[1:]
    name = next((n for n in (words[0], " ".join(words[:2])) if n in GH), None)
    if name is None:
        yield f"gh {' '.join(words[:2])} is not in the table of documented commands"
        return
    flags = {word for word in words if word.startswith("-")}
    yield from (f"gh {name} has no {flag}" for flag in sorted(flags - GH[name]))
    if name == "workflow run":
        inputs = [value for flag, value in pairwise(words) if flag == "-f"]
        yield from _workflow(words[2], dict(item.split("=", 1) for item in inputs))


def _workflow(file: str, passed: dict[str, str]) -> Iterator[str]:
    path = ROOT / ".github/workflows" / file
    if not path.exists():
        yield f"there is no workflow {file}"
        return
    on: dict[str, Any] = yaml.safe_load(path.read_text())[True]  # so YAML 1.1 reads the key `on`
    inputs: dict[str, Any] = on.get("workflow_dispatch", {}).get("inputs", {})
    for name, value in passed.items():
        options = inputs.get(name, {}).get("options")
        if name not in inputs:
            yield f"{file} has no input {name}"
        elif options and value not in options:
            yield f"{name} of {file} is one of {', '.join(options)}"
    missing = {n for n, i in inputs.items() if i.get("required") and "default" not in i}
    yield from (f"{file} needs {name}" for name in sorted(missing - set(passed)))


def nothing(_: Command) -> Iterator[str]:
    return iter(())


CHECKS: dict[str, Callable[[Command], Iterator[str]]] = {
    "aws": lambda command: aws_cli.problems(command.words),
    "docker": docker,
    "gh": gh,
    "git": git,
    "make": make,
    "node": node,
    "python": python,
    "sh": shell,
    **dict.fromkeys(ANYTHING, nothing),
}
BY_THEIR_OWN_HELP = frozenset({"amtool", "promtool", "pulumi"})
"""Programs that are asked themselves, where they are on PATH."""
PROGRAMS = frozenset(CHECKS) - ANYTHING | BY_THEIR_OWN_HELP


def check(command: Command) -> Iterator[str]:
    if command.program in BY_THEIR_OWN_HELP:
        return
    checked = CHECKS.get(command.program or command.words[0])
    if checked is None:
        yield f"{command.program} is not in the table of documented programs"
        return
    yield from checked(command)
    for name in command.variables:
        if f"${{{name}" not in COMPOSE_TEXT and f"$({name})" not in MAKEFILE:
            yield from _read_by_tests(name)


def _read_by_tests(name: str) -> Iterator[str]:
    if name.startswith("PULUMI_") or name == "REDISCLI_AUTH":
        return
    files = [*(ROOT / "tests").rglob("*.py")]
    if not any(name in file.read_text() for file in files if "docs" not in file.parts):
        yield f"nothing reads the variable {name}"


def check_by_help(path: str, command: Command) -> Iterator[str]:
    """Asks the program at `path` itself: its subcommand exists, and has each flag."""
    words = [word for word in command.words[1:] if word != "PLACEHOLDER"]
    below = tuple(_subcommand(words))
    text = _help_of(path, *below)
    if text is None:
        yield f"{command.program} has no command {' '.join(below)}"
        return
    flags = [word.partition("=")[0] for word in words if word.startswith("-")]
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w.-]*", text))
    yield from (f"{command.program} {' '.join(below)} has no {f}" for f in flags if f not in known)


def _subcommand(words: Sequence[str]) -> Iterator[str]:
    groups = {"stack", "state", "config", "policy", "check", "test", "query"}
    for index, word in enumerate(words):
        if word.startswith("-") or (index and words[index - 1] not in groups):
            return
        yield word


@cache
def _help_of(path: str, *below: str) -> str | None:
    line = [path, *below, "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    shown = done.stdout + done.stderr
    refused = Path(path).name == "pulumi" and not _is_of_pulumi(shown, below)
    return None if done.returncode or refused else shown


def _is_of_pulumi(shown: str, below: Sequence[str]) -> bool:
    """For an unknown subcommand Pulumi prints the help of the command above it, and ends well."""
    usage = rf"^ +pulumi {re.escape(' '.join(below))}\b"
    aliases = rf"^Aliases:\n.*\b{re.escape(below[-1])}\b"
    return re.search(f"{usage}|{aliases}", shown, re.MULTILINE) is not None
