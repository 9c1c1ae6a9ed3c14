"""Each type that is used has one description, and each description is used, true, and complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest

from bootstrap.access.permissions import CALLS
from policies.check import RULES
from resource_types.catalog import FUNCTIONS, SCOPES, SERVICES, TYPES
from resource_types.data_loss import OTHER_DATA_STORES, data_lost
from resource_types.scope import Condition
from simulation import outputs, process
from simulation.replacement import replacing_properties
from tests.support import stacks
from tests.support.plans import plan_of_pull_request
from tests.support.sdk import properties_of
from tests.support.stacks import STACKS
from tests.support.variants import bootstrap_plan, plan_in, program_plans, types

AWS_TYPES = [token for token in TYPES if token.startswith("aws:")]
CALLED_BY_AWSX = {"aws:index/getAvailabilityZones:getAvailabilityZones"}
"""On the real engine; the in-process one makes the VPC itself."""
CALLED_BY_HOOKS = {"aws:lb/getLoadBalancer:getLoadBalancer"}
"""On the real engine; the in-process one runs no hooks."""
HOLDS_DATA = re.compile(
    r"(final|skipFinal)?[sS]napshot|(automatic)?[bB]ackup(?!Policy)|(message)?[rR]etention|pointInTime|restore|"
    r"(deletion|recovery)Window|storage(Type|Capacity)"
)
"""Properties that only types which hold data have."""


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_the_stacks_is_described(stack: str):
    missing = types(plan_in(stack)) - set(TYPES)
    assert missing == set(), "describe them in resource_types/aws/"


def test_every_description_is_used():
    used = types(bootstrap_plan(), *program_plans())
    assert set(TYPES) - used == set(), (
        "remove them from resource_types/, or add a variant to tests/support/variants.py"
    )


def test_every_function_that_the_stacks_call_is_described_and_every_description_used(
    monkeypatch: pytest.MonkeyPatch,
):
    called: set[str] = set()
    invoke = outputs.invoke

    def noted(function: str, args: Mapping[str, Any], region: str) -> dict[str, Any]:
        called.add(function)
        return invoke(function, args, region)

    monkeypatch.setattr(outputs, "invoke", noted)
    for stack in STACKS:
        process.preview_config(stacks.read(stack), stack, stacks.bare_project())
    assert called | CALLED_BY_AWSX | CALLED_BY_HOOKS == set(FUNCTIONS)


def test_no_two_descriptions_have_one_token():
    described = [one.token for service in SERVICES for one in (*service.types, *service.functions)]
    assert len(described) == len({*described}) == len(TYPES) + len(FUNCTIONS)


# Complete


def test_every_type_of_the_program_says_what_reads_it():
    """What bootstrap/ alone makes, an administrator makes: it needs no permission."""
    program = {token for token in types(*program_plans()) if token.startswith("aws:")}
    lacking = {token for token in program if not TYPES[token].read}
    lacking |= {token for token, function in FUNCTIONS.items() if not function.read}
    assert lacking == set(), "field `read` is missing"


@pytest.mark.parametrize("token", TYPES)
def test_every_type_has_an_id(token: str):
    described = TYPES[token]
    assert described.id or "arn" in described.outputs, f"{token}: field `id` is missing"


@pytest.mark.parametrize("token", AWS_TYPES)
def test_every_type_that_holds_data_says_so(token: str):
    found = sorted(name for name in properties_of(token) if HOLDS_DATA.match(name))
    assert TYPES[token].data or not found, f"{token} has {found}: field `data` is missing"


def test_every_action_has_a_scope_and_every_scope_an_action():
    called = {action for calls in CALLS for action in calls.read_actions | calls.write_actions}
    unscoped = {a for a in called if not any(one.actions.fullmatch(a) for one in SCOPES)}
    assert unscoped == set(), "add them to `SCOPES` of their service's file"
    for scope in SCOPES:
        assert any(map(scope.actions.fullmatch, called)), scope
    assert {scope.condition for scope in SCOPES} - {None} == set(get_args(Condition))


def test_a_pull_requests_stack_uses_only_types_that_its_role_may_make():
    used = {token for token in types(plan_of_pull_request()) if token.startswith("aws:")}
    assert len(used) > 20
    left_out = {token for token in used if TYPES[token].in_pull_requests is not True}
    assert left_out == set(), "field `in_pull_requests` must be true"


# True


@pytest.mark.parametrize("token", AWS_TYPES)
def test_a_description_names_only_properties_that_the_real_resource_has(token: str):
    described = TYPES[token]
    named = {
        *described.outputs,
        described.name_property,
        *(path.partition(".")[0] for path in described.replace_on_changes.split()),
        *described.update_instead.values(),
        *described.made_with.values(),
        *described.keeps,
        *described.grows,
        *described.grows.values(),
        described.data.copy_of if described.data else "",
        "publiclyAccessible" if described.data and described.data.optionally_public else "",
    }
    assert named - {""} - properties_of(token) == set()
    assert {*described.update_instead} <= {*described.replace_on_changes.split()}
    assert {*described.changed_by_updates, *described.made_with} <= {*described.outputs}


@pytest.mark.parametrize("token", [t for t in AWS_TYPES if "iam" not in t])
def test_a_type_can_be_public_where_its_description_says_so(token: str):
    data = TYPES[token].data
    assert bool(data and data.optionally_public) == ("publiclyAccessible" in properties_of(token))


# Used by all: one entry is enough


@pytest.mark.parametrize("token", TYPES)
def test_a_description_reaches_whoever_needs_it(token: str):
    described = TYPES[token]
    assert described in CALLS
    assert outputs.description(token) is described
    assert [*replacing_properties(token)][: len(described.replace_on_changes.split())] == (
        described.replace_on_changes.split()
    )
    assert data_lost(token, {}) == (described.data.lost if described.data else "")


def test_the_policies_name_only_described_types():
    assert {token for rule in RULES for token in rule.types} - set(TYPES) == set()


def test_a_data_store_is_described_once():
    described = set(OTHER_DATA_STORES) & set(TYPES)
    assert described == set(), "move them from OTHER_DATA_STORES to field `data`"
