"""The quotas that the bootstrap project asks AWS for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bootstrap import settings
from bootstrap.quotas import QUOTAS
from settings import stack_config
from settings.problems import SettingsError
from simulation import process
from simulation.report.needs import needs
from tests.bootstrap import account
from tests.support.plans import plan_of_stack

QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"
KEYS = {"fargateOnDemandVcpus": 64, "fargateSpotVcpus": 32, "elasticIps": 10}


def test_each_wanted_quota_is_asked_for_by_its_codes():
    config = stack_config.read("account", account.FOLDER)
    values = {**config.values, "plataforma:quotas": KEYS}
    plan = process.preview_config(replace(config, values=values), "account", account.FOLDER)
    asked = {quota.name: dict(quota.inputs) for quota in plan.of_type(QUOTA)}
    wanted = settings.parse(account.raw() | {"quotas": KEYS}).quotas.wanted()
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
