"""What a stack needs of an account's quotas."""

from __future__ import annotations

from simulation.report.needs import Need, needs
from tests.support.configs import config
from tests.support.plans import plan_of

SCALED = {"min": 2, "max": 10, "cpu": 60}
WORKER = {
    "min": 0,
    "max": 4,
    "queue": {"name": "jobs", "acceptableLatencySeconds": 60, "averageJobSeconds": 4},
}


def needed(**changes: object) -> dict[str, Need]:
    return {need.what: need for need in needs(plan_of(config(**changes)))}


def test_vcpus_are_counted_at_the_ends_of_each_range_and_in_a_deployment():
    found = needed(
        services__backend__cpu=1024,
        services__backend__memory=2048,
        services__backend__scaling=SCALED,
        services__worker__scaling=WORKER,
    )
    on_demand = found["Fargate vCPUs on demand"]
    assert (on_demand.least, on_demand.most, on_demand.deploying) == (2, 11, 22)
    assert on_demand.exceeds
    assert "Fargate Spot vCPUs" not in found
    assert str(on_demand) == (
        "Fargate vCPUs on demand: 2 to 11, 22 while all deploy (a new account has 6; L-3032A538)"
    )


def test_the_share_of_spot_is_counted_apart_but_for_the_task_that_stays():
    found = needed(
        services__backend__scaling=SCALED,
        services__backend__spotShare=50,
        services__worker__spotShare=100,
        services__worker__scaling=WORKER,
    )
    on_demand, spot = found["Fargate vCPUs on demand"], found["Fargate Spot vCPUs"]
    assert (on_demand.least, on_demand.most) == (0.5, 1.5)
    assert (spot.least, spot.most) == (0.25, 2.25)


def test_addresses_gateways_and_balancers_are_counted():
    found = needed(network={"nat": "per-az", "azs": 3})
    assert found["Elastic IPs"].most == 3
    assert found["NAT gateways in a zone"].most == 1
    assert found["VPCs"].most == 1
    assert found["Application Load Balancers"].most == 1
    assert not found["Elastic IPs"].exceeds
    assert "Elastic IPs" not in needed(network={"nat": "none"})
