"""An estimate in words."""

from __future__ import annotations

from prices.price_list import table
from prices.report import change_since, headline, render_lines
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
    assert change_since(before, now) == (
        "change unknown: plus RDS db.x9.huge single-AZ; less RDS db.t4g.micro single-AZ at $12.41; "
        "all else no change"
    )
    assert change_since(now, before) == (
        "change unknown: plus RDS db.t4g.micro single-AZ at $12.41; less RDS db.x9.huge single-AZ; "
        "all else no change"
    )
    assert "  stores: database at least $2.54 (change unknown)" in render_lines(now, before)


def test_what_is_known_beside_an_unknown_change_is_counted_apart():
    before = priced(*database("db.x9.huge"), planned("aws:sqs/queue:Queue", "mails"))
    now = priced(*database("db.t4g.micro"), planned("aws:kms/key:Key", "key"))
    assert change_since(before, now).endswith("; all else +$0.60")


def test_a_price_that_does_not_change_is_told_with_what_it_lacks():
    stack = priced(*database("db.x9.huge"))
    assert list(render_lines(stack, stack, full=False)) == [
        "Price: at least $2.54 a month (no change); list prices of eu-west-1, 2026-11-27",
        "  UNKNOWN, not counted: RDS db.x9.huge single-AZ",
    ]


def test_a_change_of_what_is_unknown_is_told_where_nothing_that_is_counted_changes():
    before, now = priced(*database("db.x9.huge")), priced(*database("db.x9.large"))
    assert change_since(before, now) == (
        "change unknown: plus RDS db.x9.large single-AZ; less RDS db.x9.huge single-AZ; "
        "all else no change"
    )
    two = [planned("aws:mq/broker:Broker", name, hostInstanceType="mq.x") for name in ("a", "b")]
    assert change_since(priced(two[0]), priced(*two)) == (
        "change unknown: another amount of Amazon MQ none mq.x single, Amazon MQ storage; "
        "all else no change"
    )


def test_each_price_has_a_name_in_words():
    names = {in_words(price) for prices in table().prices.values() for price in prices}
    assert {"Fargate storage", "EFS storage", "NAT gateway traffic", "VPC endpoint"} <= names
    assert not [name for name in names if "/" in name or "-hour" in name or "-month" in name]


def test_what_every_service_costs_at_its_most_tasks():
    lines = list(render_lines(priced(*service("api", fewest=1, most=4, cpu=256, memory=512))))
    assert lines[0].startswith("Price: about $7.21 a month, $28.84 with each service at its most")


def test_a_region_without_a_table_is_said():
    now = priced(planned("aws:kms/key:Key", "key"), *database("db.t4g.micro"), region="eu-north-1")
    assert headline(now) == (
        "Price: at least $1.00 a month; "
        "no price table for eu-north-1; only eu-west-1 and us-east-1 (docs/price.md)"
    )
