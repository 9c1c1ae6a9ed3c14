"""An estimate in words."""

from __future__ import annotations

from prices.price_list import table
from prices.report import change_since, render_lines
from prices.words import in_words
from tests.prices.stacks import component, planned, priced, service


def database(instance_class: str):
    return [
        component("database:Database", "database"),
        planned(
            "aws:rds/instance:Instance",
            "database",
            "database",
            instanceClass=instance_class,
            allocatedStorage=20,
            storageType="gp3",
        ),
    ]


def test_lines_of_a_change():
    api = service("api", fewest=1, most=2, cpu=256, memory=512)
    before = priced(*api, *database("db.t4g.micro"))
    now = priced(
        *service("api", fewest=2, most=2, cpu=256, memory=512),
        *database("db.t4g.micro"),
        planned("aws:kms/key:Key", "key"),
    )
    assert list(render_lines(now, before)) == [
        "Price: about $30.37 a month (+$8.21); list prices of eu-west-1, 2026-11-27",
        "  services: api $14.42 (+$7.21)",
        "  stores: database $14.95",
        "  rest: key $1.00 (+$1.00)",
        "  Largest levers of what is counted: services: spotShare: 100 saves $5.03",
        "  Assumes hours 730, requestsMillions 1, internetGib 50, natGib 20, endpointGib 10, "
        "logGib 1, bucketGib 5, jobRuns 30,",
        "    jobMinutes 10, volumeGib 5, queueRequestsMillions 1, databaseBackupGib 0 "
        "(plataforma:usage)",
    ]


def test_what_is_unknown_makes_the_total_a_minimum():
    lines = list(render_lines(priced(*database("db.x9.huge"))))
    assert lines[0].startswith("Price: at least $2.54 a month; ")
    assert "  UNKNOWN, not counted: RDS db.x9.huge single-AZ" in lines
    assert "  stores: database at least $2.54" in lines


def test_a_change_from_a_known_price_to_an_unknown_one_is_no_saving():
    before, now = priced(*database("db.t4g.micro")), priced(*database("db.x9.huge"))
    assert change_since(before, now) == "-$12.41; plus unknown RDS db.x9.huge single-AZ"


def test_a_change_of_what_is_unknown_is_told_where_nothing_that_is_counted_changes():
    before, now = priced(*database("db.x9.huge")), priced(*database("db.x9.large"))
    assert change_since(before, now) == (
        "no change of what is counted; plus unknown RDS db.x9.large single-AZ; "
        "less unknown RDS db.x9.huge single-AZ"
    )
    two = [planned("aws:mq/broker:Broker", name, hostInstanceType="mq.x") for name in ("a", "b")]
    assert change_since(priced(two[0]), priced(*two)) == (
        "no change of what is counted; another amount of unknown Amazon MQ none mq.x "
        "single, Amazon MQ storage"
    )


def test_each_price_has_a_name_in_words():
    names = {in_words(price) for prices in table().prices.values() for price in prices}
    assert {"Fargate storage", "EFS storage", "NAT gateway traffic", "VPC endpoint"} <= names
    assert not [name for name in names if "/" in name or "-hour" in name or "-month" in name]


def test_what_every_service_costs_at_its_most_tasks():
    lines = list(render_lines(priced(*service("api", fewest=1, most=4, cpu=256, memory=512))))
    assert lines[0].startswith("Price: about $7.21 a month, $28.84 with each service at its most")
