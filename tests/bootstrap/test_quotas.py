"""The quotas that the bootstrap project asks AWS for."""

from __future__ import annotations

import pytest

from bootstrap import settings
from bootstrap.quotas import QUOTAS
from settings.problems import SettingsError
from simulation.report.needs import needs
from tests.bootstrap import account
from tests.support.plans import plan_of_stack
from tests.support.variants import QUOTAS as QUOTA_KEYS
from tests.support.variants import bootstrap_plan

QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"


def test_each_wanted_quota_is_asked_for_by_its_codes():
    asked = {quota.name: dict(quota.inputs) for quota in bootstrap_plan().of_type(QUOTA)}
    wanted = settings.parse(account.raw() | {"quotas": QUOTA_KEYS}).quotas.wanted()
    assert asked == {
        name: {
            "serviceCode": QUOTAS[name].service,
            "quotaCode": QUOTAS[name].code,
            "value": value,
        }
        for name, value in wanted.items()
    }
    assert set(wanted) == set(QUOTAS)


def test_nothing_is_asked_for_until_a_quota_is_set():
    """On a first day nobody has looked: a value below what the account has fails the deployment."""
    raw = {key: value for key, value in account.raw().items() if key != "quotas"}
    assert settings.parse(raw).quotas.wanted() == {}


def test_a_quota_is_asked_for_only_above_a_new_accounts():
    with pytest.raises(SettingsError, match="above 6"):
        settings.parse(account.raw() | {"quotas": {"fargateOnDemandVcpus": 6}})


def test_the_codes_are_those_that_a_preview_prints():
    printed = {need.quota for need in needs(plan_of_stack("prod"))}
    assert {quota.code for quota in QUOTAS.values()} <= printed
