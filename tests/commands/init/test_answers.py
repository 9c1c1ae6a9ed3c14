"""The ten answers: what they are, and the words for what does not go together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.init import answers, questions
from commands.init.answers import AnswerError, Answers, parse
from settings.project import ROOT
from tests.commands.init.scratch import ANSWERS, NAMES


def test_there_are_ten_questions_each_with_a_default():
    assert list(questions.QUESTIONS) == list(Answers.model_fields)
    assert len(questions.QUESTIONS) == 10
    assert parse({}) == Answers()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_what_was_answered(name: str, tmp_path: Path):
    given = answers.read(ANSWERS / f"{name}.yaml")
    (tmp_path / "init.yaml").write_text(answers.text(given))
    assert answers.read(tmp_path / "init.yaml") == given


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"project": "My-Shop"}, "project: 'My-Shop' is not allowed. Allowed: 2 to 10 lower-case"),
        ({"project": "user"}, "project: user is a reserved word of PostgreSQL"),
        ({"projct": "shop"}, "projct: unknown key. Did you mean project? Known: project,"),
        ({"account": "123"}, "account: '123' is not allowed. Allowed: The AWS account: 12 digits."),
        ({"account": 123456789012}, "account: 123456789012 is not allowed. Write it in quotes."),
        ({"domain": "shop.example.com"}, "domain: 'shop.example.com' is not allowed"),
        ({"environments": ["qa", "qa"]}, "environments: qa is listed twice."),
        ({"environments": ["pr1"]}, "environments: 'pr1' is not allowed"),
        ({"environments": []}, "environments: [] is not allowed. Allowed: A list of one or more"),
        ({"environments": "prod"}, "environments: 'prod' is not a list: write [prod]. Allowed: A"),
        ({"stores": "none"}, "stores: 'none' is not a list: write []. Allowed: A list of"),
        ({"stores": ["databse"]}, "stores: 'databse' is not allowed. Did you mean database?"),
        ({"services": ["a:wroker"]}, "services: 'a:wroker' is not allowed. Did you mean worker?"),
        ({"services": ["web"]}, "services: 'web' is not allowed. Allowed: name:kind"),
        (
            {"services": ["Api:api"]},
            "'Api:api' is not allowed. Allowed: name:kind, the name 1 to 20 lower-case",
        ),
        ({"services": ["prices:internal"]}, "services: at least one web, api or worker"),
        ({"stores": []}, "the sample backend needs database, cache, sqs or rabbitmq"),
        ({"stores": ["database", "cache", "sqs", "rabbitmq"]}, "two brokers: take one."),
        ({"monitoring": "self-hosted"}, "self-hosted has Grafana, which needs a domain"),
    ],
)
def test_what_can_not_be_used_is_said_in_words(raw: dict[str, object], message: str):
    with pytest.raises(AnswerError) as wrong:
        parse(raw)
    assert message in str(wrong.value)


def test_all_that_is_wrong_is_said_at_once_and_nothing_that_follows_from_it():
    raw = {"projct": "a", "domain": "x", "samples": "no", "environments": ["pr1"], "stores": []}
    with pytest.raises(AnswerError) as wrong:
        parse({**raw, "services": ["Api:api"], "monitoring": "self-hosted"})
    found = [line.partition(":")[0] for line in str(wrong.value).splitlines()]
    assert sorted(found) == ["domain", "environments", "projct", "samples", "services"]
    with pytest.raises(AnswerError) as wrong:
        parse({"project": "user", "stores": []})
    found = [line.partition(":")[0] for line in str(wrong.value).splitlines()]
    assert found == ["project", "services", "services"]


def replies(*lines: str) -> Iterator[str]:
    yield from lines
    while True:
        yield ""


def test_enter_takes_the_default_and_a_wrong_answer_is_asked_for_again(
    capsys: pytest.CaptureFixture[str],
):
    given = replies("My Shop", "shop", "", "", "none", "", "dev, prod")
    found = questions.ask(Answers(), lambda _: next(given))
    assert found == Answers(project="shop", environments=("dev", "prod"))
    assert "project: 'My Shop' is not allowed" in capsys.readouterr().out


def test_answers_that_do_not_go_together_are_asked_for_again(capsys: pytest.CaptureFixture[str]):
    first = ("shop", "", "", "", "", "", "", "none")
    given = replies(*first, "", "", "", "", "", "", "", "", "", "database cache rabbitmq")
    assert questions.ask(Answers(), lambda _: next(given)).stores == (
        "database",
        "cache",
        "rabbitmq",
    ), capsys.readouterr().out


def test_without_a_terminal_and_a_file_the_error_says_how():
    command = [sys.executable, "-m", "commands.init"]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "make init ANSWERS=init.yaml" in done.stderr
