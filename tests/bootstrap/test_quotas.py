"""The quotas that the bootstrap project asks AWS for."""

from __future__ import annotations

import pytest

from bootstrap import settings
from bootstrap.quotas import QUOTAS
from settings.problems import SettingsError
from simulation.report.needs import needs
from tests.bootstrap import account
from tests.support.plans import plan_of_stack

QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"


def test_each_wanted_quota_is_asked_for_by_its_codes():
    asked = {quota.name: dict(quota.inputs) for quota in account.plan().of_type(QUOTA)}
    assert {name: inputs.pop("value") for name, inputs in asked.items()} == {
        "fargate-on-demand-vcpus": 64,
        "fargate-spot-vcpus": 64,
        "elastic-ips": 10,
    }
    codes = {
        name: {"serviceCode": quota.service, "quotaCode": quota.code}
        for name, quota in QUOTAS.items()
    }
    assert asked == codes


def test_a_quota_is_asked_for_only_where_its_key_is_set_and_above_a_new_accounts():
    assert settings.parse(account.raw() | {"quotas": {}}).quotas.wanted() == {}
    with pytest.raises(SettingsError, match="above 6"):
        settings.parse(account.raw() | {"quotas": {"fargateOnDemandVcpus": 6}})


def test_the_codes_are_those_that_a_preview_prints():
    printed = {need.quota for need in needs(plan_of_stack("prod"))}
    assert {quota.code for quota in QUOTAS.values()} <= printed
