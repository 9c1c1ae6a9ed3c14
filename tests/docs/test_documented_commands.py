"""Every command that a page or a runbook names exists, and takes what it is given there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import commands, commands_of, name_of, pages
from tests.docs.programs import BY_THEIR_OWN_HELP, PROGRAMS, check, check_by_help
from tests.support.programs import program

RUNBOOKS = [page for page in pages() if page.parent.name == "runbooks"]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_exist_and_take_what_they_are_given(page: Path):
    found = commands_of(page, PROGRAMS)
    wrong = [f"{' '.join(c.words)}: {p}" for c in found for p in check(c)]
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.needs(name)) for name in sorted(BY_THEIR_OWN_HELP)],
)
def test_commands_of_other_programs_are_in_their_own_help(name: str):
    path = program(name)
    found = {c for page in pages() for c in commands_of(page, PROGRAMS) if c.program == name}
    wrong = [f"{' '.join(c.words)}: {p}" for c in found for p in check_by_help(path, c)]
    assert wrong == []


def test_services_are_changed_by_the_products_own_commands():
    """No runbook restarts, scales, deploys or rolls back a service past `delivery`."""
    past_delivery = {("aws", "ecs", "update-service"), ("aws", "deploy", "stop-deployment")}
    for page in RUNBOOKS:
        found = commands_of(page, PROGRAMS)
        assert [c.words for c in found if c.words[:3] in past_delivery] == [], page.name
        if "Earlier" in page.read_text().partition("## Rollback")[2]:
            assert any("operation=rollback-revision" in c.words for c in found), page.name
            assert any(c.words[2:4] == ("delivery", "rollback") for c in found), page.name


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("make previw", "make has no target previw"),
        ("make preview STAK=prod", "the Makefile reads no variable STAK"),
        ("make up-local ARGS=--monitor", "has no --monitor"),
        ("make test ARGS=tests/nowhere", "there is no tests/nowhere"),
        ("python -m delivery rollbak --outputs o.json", "invalid choice: 'rollbak'"),
        ("python -m delivery rollback --output o.json", "arguments are required: --outputs"),
        ("aws ecs update-services --cluster c", "ecs has no operation update-services"),
        ("aws ecs update-service --cluster c --service s --force", "has no --force"),
        ("aws ecs stop-task --cluster c", "lacks --task"),
        ("aws ecs list-tasks --query 'taskArns['", "--query is no JMESPath"),
        ("aws logs tail /group --from 1h", "has no --from"),
        ('x "$(aws mq list-broker --query a)" | grep b', "mq has no operation list-broker"),
        ("docker compose -f docker-compose.prod.yml restart redi", "compose has no service redi"),
        ("docker compose exec redis sh -c 'nodejs dist/main.js'", "nodejs is not in the table"),
        ("docker compose --profile monitor ps", "compose has no profile monitor"),
        ("gh workflow run operations.yml -f operation=rollback", "operation of operations.yml is"),
        ("gh workflow run operations.yml -f stack=prod", "operations.yml needs operation"),
        ("node dist/replays.js --all", "no application builds dist/replays.js"),
        ("TAGG=1 make roll-local SERVICE=backend", "nothing reads the variable TAGG"),
        ("for a in $(aws sqs list-queue); do true; done", "sqs has no operation list-queue"),
    ],
)
def test_a_wrong_command_is_noticed(text: str, problem: str):
    found = [p for command in commands(text) for p in check(command)]
    assert any(problem in p for p in found), found


@pytest.mark.needs("pulumi")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pulumi upp --stack prod", "pulumi has no command upp"),
        ("pulumi up --stak prod", "pulumi up has no --stak"),
        ("pulumi stack output --stack prod --js", "pulumi stack output has no --js"),
    ],
)
def test_a_wrong_command_of_pulumi_is_noticed(text: str, problem: str):
    (command,) = commands(text)
    assert problem in [*check_by_help(program("pulumi"), command)]
