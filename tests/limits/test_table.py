"""The table of AWS's limits: complete for every plan, current, and able to refuse."""

from __future__ import annotations

from limits import mapping
from limits.check import problems
from limits.documented import DOCUMENTED
from limits.table import FILE, limits_of, modelled_paths
from policies.check import violations
from resource_types.catalog import TYPES
from tests.limits import mutations, render
from tests.limits.plans import plans, properties_by_type

NEW_GROUP = "aws:lb/targetGroup:TargetGroup"


def test_the_committed_table_is_what_botocores_models_say():
    assert FILE.read_text(encoding="utf-8") == render.rendered(), "run `make limits`"


def test_every_planned_property_is_in_the_table_or_known_not_to_be_sent():
    unknown = [
        f"{token} {path}"
        for token, paths in properties_by_type().items()
        for path in paths
        if path not in modelled_paths(token)
        if path not in mapping.NEVER_SENT | mapping.NOT_SENT.get(token, set())
        if path not in mapping.ATTRIBUTES.get(token, set())
    ]
    assert unknown == []


def test_documented_limits_are_of_known_types():
    assert set(DOCUMENTED) - set(TYPES) == set()


def test_no_plan_breaks_a_limit():
    broken = [
        f"{plan.stack} {violation}"
        for plan in plans()
        for violation in violations(plan.resources, plan.stack)
        if violation.rule in ("aws-limits", "unique-names", "aws-quotas")
    ]
    assert broken == []


def test_each_broken_limit_is_refused():
    tried = list(mutations.mutants())
    assert len(tried) > 500
    assert [mutant.what for mutant in tried if not mutant.is_refused] == []


def test_a_message_names_property_value_limit_and_source():
    name = "a-name-of-more-than-thirty-two-characters"
    assert list(problems(NEW_GROUP, {"name": name, "port": 0})) == [
        f"name '{name}' has 41 characters, not 1 to 32 (API CreateTargetGroup, Name)",
        "port 0 is not 1 to 65535 (API model of elbv2 CreateTargetGroup: Port)",
    ]


def test_a_message_never_shows_a_secret():
    token = "aws:elasticache/replicationGroup:ReplicationGroup"
    (message,) = problems(token, {"authToken": "a-token-with_underscore"})
    assert "underscore" not in message
    assert message.startswith("authToken does not match [A-Za-z0-9!&#$^<>-]*")


def test_unknown_values_are_not_judged_but_long_documents_are_measured():
    unknown = {"name": "${other.name}-and-more-characters-than-a-name-may-have"}
    assert list(problems(NEW_GROUP, unknown)) == []
    (message,) = problems("aws:iam/rolePolicy:RolePolicy", {"policy": "${role.arn}" * 1000})
    assert "11000 characters, not 10240 at most" in message


def test_numbers_as_the_engine_sends_them_are_judged():
    assert list(problems(NEW_GROUP, {"port": 80.0, "deregistrationDelay": "30"})) == []
    assert any(limits_of(NEW_GROUP, "port"))
