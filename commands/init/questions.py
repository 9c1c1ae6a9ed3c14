"""Asks the ten questions at a terminal; Enter takes the default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from commands.init.answers import AnswerError, Answers, allowed, parse
from commands.init.rename import own_origin

QUESTIONS = {
    "project": "Project's name, 2 to 10 lower-case letters and digits",
    "account": "AWS account, 12 digits",
    "region": "AWS region",
    "domain": "Domain and its Route 53 zone's id (shop.example.com Z0123...), or none yet",
    "registry": "Images in GHCR (ghcr.io/owner/name) or ECR (<its address>/name)",
    "environments": "Environments, in the order of promotion",
    "services": "Services, as name:kind (web, api, worker, internal, job)",
    "stores": "Stores (database, cache, sqs or rabbitmq), or none",
    "monitoring": "Monitoring: self-hosted, managed or off",
    "samples": "The sample applications as frontend, backend and worker: run or leave-out",
}
LISTS = ("environments", "services", "stores")


def defaults_for(project: Path) -> Answers:
    """The defaults, with the registry of the clone's own repository where git knows it."""
    found = own_origin(project)
    if found is None:
        return Answers()
    owner, name = found
    letters = "".join(c for c in name.lower() if c.isalnum())[:10].lstrip("0123456789")
    return Answers(
        project=letters if len(letters) > 1 else "app",
        registry=f"ghcr.io/{owner.lower()}/{name.lower()}",
    )


def ask(defaults: Answers, reply: Callable[[str], str] = input) -> Answers:
    """Asks again for what can't be used; the answers that go together wrongly all over again."""
    given = defaults
    while True:
        raw = {key: _ask_one(key, given, reply) for key in QUESTIONS}
        try:
            return parse(raw)
        except AnswerError as error:
            print(f"\n{error}\n")
            given = allowed(raw)


def _ask_one(key: str, defaults: Answers, reply: Callable[[str], str]) -> str | list[str]:
    default = getattr(defaults, key)
    shown = " ".join(default) or "none" if key in LISTS else default
    number = list(QUESTIONS).index(key) + 1
    while True:
        given = reply(f"{number:2}. {QUESTIONS[key]}\n    [{shown}] ").strip() or shown
        value = _words(given) if key in LISTS else given
        try:
            allowed({key: value})
        except AnswerError as error:
            print(f"    {error}")
            continue
        return value


def _words(given: str) -> list[str]:
    return [] if given == "none" else given.replace(",", " ").split()
