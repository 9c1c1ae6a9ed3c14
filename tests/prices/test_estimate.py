"""Prices against sums worked by hand from prices/list_prices.yml, for eu-west-1 and 730 hours."""

from __future__ import annotations

from typing import Any

import pytest

from prices.estimate import Estimate
from tests.prices.stacks import component, planned, priced, service

NO_USE = dict.fromkeys(
    ("requestsMillions", "internetGib", "natGib", "endpointGib", "logGib", "bucketGib"), 0
)


def test_tasks_on_demand():
    """2 ARM tasks of 0.5 vCPU and 1 GiB:
    2 x 730 x (0.5 x 0.03238 + 1 x 0.00356) = 23.6374 + 5.1976 = 28.835; at 5 tasks 72.0875."""
    found = priced(*service("api", fewest=2, most=5, cpu=512, memory=1024))
    assert found.usd == pytest.approx(28.835)
    assert found.most_usd == pytest.approx(72.0875)
    assert found.by_group == {("service", "api"): pytest.approx(28.835)}
    assert found.unknown == ()


def test_tasks_on_spot():
    """3 x86 tasks of 1 vCPU and 2 GiB, one kept on demand, half of the other two on Spot:
    on demand 2 x 730 x (0.04048 + 2 x 0.004445) = 72.0802;
    Spot 1 x 730 x (0.01224056 + 2 x 0.0013441) = 10.8979948."""
    found = priced(*service("api", fewest=3, most=3, cpu=1024, memory=2048, spot=50, arm=False))
    assert found.usd == pytest.approx(72.0802 + 10.8979948)


def test_a_disk_beyond_what_fargate_includes():
    """One task with 100 GiB in us-east-1: 80 x 730 x 0.000111 = 6.4824, beside
    730 x (0.25 x 0.03238 + 0.5 x 0.00356) = 7.20875."""
    resources = service("prometheus", fewest=1, most=1, cpu=256, memory=512)
    disk = {**resources[1].inputs, "ephemeralStorage": {"sizeInGib": 100}}
    resources[1] = planned(resources[1].type, "prometheus", "prometheus", **disk)
    assert priced(*resources, region="us-east-1").usd == pytest.approx(6.4824 + 7.20875)


def test_tasks_with_public_addresses():
    """2 tasks: 2 x 730 x 0.005 = 7.30, beside 28.835 for their size; at 5 tasks 18.25 and
    72.0875."""
    resources = service("api", fewest=2, most=5, cpu=512, memory=1024)
    network = {"networkConfiguration": {"assignPublicIp": True}}
    resources[2] = planned(resources[2].type, "api", "api", **resources[2].inputs, **network)
    found = priced(*resources)
    assert found.usd == pytest.approx(7.30 + 28.835)
    assert found.most_usd == pytest.approx(18.25 + 72.0875)


def test_a_job():
    """30 runs of 10 minutes are 5 hours: 5 x (0.5 x 0.03238 + 1 x 0.00356) = 0.09875; 150 state
    transitions 0.00375. A state machine that is no job's: 1000 transitions 0.025."""
    size = {"cpu": "512", "memory": "1024", "runtimePlatform": {"cpuArchitecture": "ARM64"}}
    machine = "aws:sfn/stateMachine:StateMachine"
    found = priced(
        component("service:Jobs", "jobs"),
        planned("aws:ecs/taskDefinition:TaskDefinition", "job-report", "api", **size),
        planned(machine, "job-report", "jobs"),
        planned("aws:scheduler/schedule:Schedule", "job-report", "jobs"),
    )
    assert found.by_group == {("jobs", "jobs"): pytest.approx(0.09875 + 0.00375)}
    assert priced(planned(machine, "secret-refresh")).usd == pytest.approx(0.025)


def test_one_gateway_and_waf_are_levers():
    """Without the gateway: 730 x 0.048 + 20 x 0.048 + 730 x 0.005 = 39.65, less an address for
    each of 2 tasks, 7.30. WAF: 5 + 1 + 0.60."""
    found = priced(
        planned("aws:ec2/natGateway:NatGateway", "nat"),
        planned("aws:ec2/eip:Eip", "ip"),
        planned("aws:wafv2/webAcl:WebAcl", "waf", rules=[{}]),
        *service("api", fewest=2, most=2, cpu=256, memory=512),
    )
    assert [(lever.key, lever.usd) for lever in found.levers][:2] == [
        ("network.nat: none (tasks get public addresses)", pytest.approx(39.65 - 7.30)),
        ("edge.waf.enabled: false", pytest.approx(6.60)),
    ]


def test_a_network_with_a_gateway_in_each_zone():
    """3 gateways: 3 x 730 x 0.048 = 105.12; their addresses 3 x 730 x 0.005 = 10.95;
    20 GiB x 0.048 = 0.96. One interface endpoint in 3 zones: 3 x 730 x 0.011 = 24.09, and
    10 GiB x 0.01 = 0.10; the gateway endpoint of S3 is free."""
    gateways = [planned("aws:ec2/natGateway:NatGateway", f"nat-{n}") for n in range(3)]
    addresses = [planned("aws:ec2/eip:Eip", f"ip-{n}") for n in range(3)]
    endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint"
    interface = planned(endpoint, "logs", vpcEndpointType="Interface", subnetIds=["a", "b", "c"])
    found = priced(*gateways, *addresses, interface, planned(endpoint, "s3"))
    assert found.usd == pytest.approx(105.12 + 10.95 + 0.96 + 24.09 + 0.10)
    # Two gateways and their addresses: 2 x 730 x 0.053.
    assert [(lever.key, lever.usd) for lever in found.levers] == [
        ("network.nat: single", pytest.approx(77.38)),
        ("network.endpoints: []", pytest.approx(24.19)),
    ]


def test_a_load_balancer_that_faces_the_internet():
    """730 x 0.0252 = 18.396; 3 addresses 10.95; 50 GiB out 4.50; LCUs: 50 GiB are 50 LCU-hours, a
    million requests 11.1, so 50 x 0.008 = 0.40."""
    balancer = planned(
        "aws:lb/loadBalancer:LoadBalancer", "edge", internal=False, subnets=list("abc")
    )
    assert priced(balancer).usd == pytest.approx(18.396 + 10.95 + 4.50 + 0.40)


def test_cloudfront_and_waf_before_an_internal_load_balancer():
    """The balancer 18.396 + 0.40; CloudFront 50 GiB x 0.085 = 4.25 and 1.20 for a million requests;
    WAF 5 + 2 rules + 0.60."""
    found = priced(
        planned("aws:lb/loadBalancer:LoadBalancer", "edge", internal=True, subnets=list("abc")),
        planned("aws:cloudfront/distribution:Distribution", "cdn"),
        planned("aws:wafv2/webAcl:WebAcl", "waf", rules=[{}, {}]),
    )
    assert found.usd == pytest.approx(18.396 + 0.40 + 4.25 + 1.20 + 7.60)


DATABASE: dict[str, Any] = {
    "identifier": "db",
    "instanceClass": "db.m6g.large",
    "allocatedStorage": 50,
    "storageType": "gp3",
    "multiAz": True,
}


def test_a_database_in_two_zones():
    """730 x 0.352 = 256.96; 50 GiB x 0.254 = 12.70; the secret of RDS's own password 0.40."""
    found = priced(
        component("database:Database", "database"),
        planned(
            "aws:rds/instance:Instance",
            "database",
            "database",
            **DATABASE,
            manageMasterUserPassword=True,
        ),
    )
    assert found.usd == pytest.approx(256.96 + 12.70 + 0.40)
    assert found.by_group == {("database", "database"): pytest.approx(270.06)}


def test_a_replica_has_the_storage_of_its_source():
    """In us-east-1: Multi-AZ 730 x 0.478 + 100 x 0.23 = 371.94; the replica 730 x 0.239 +
    100 x 0.115 = 185.97; the proxy 2 vCPUs x 730 x 0.015 = 21.90."""
    instance = "aws:rds/instance:Instance"
    large = {**DATABASE, "instanceClass": "db.r7g.large", "allocatedStorage": 100}
    replica = planned(instance, "replica", instanceClass="db.r7g.large", replicateSourceDb="db")
    found = priced(
        planned(instance, "db", **large),
        replica,
        planned("aws:rds/proxy:Proxy", "proxy"),
        region="us-east-1",
    )
    assert found.usd == pytest.approx(371.94 + 185.97 + 21.90)
    # One zone saves 730 x 0.239 + 100 x 0.115.
    assert [(lever.key, lever.usd) for lever in found.levers] == [
        ("database.multiAz: false", pytest.approx(185.97)),
        ("database.readReplicas: 0", pytest.approx(185.97)),
        ("database.proxy: false", pytest.approx(21.90)),
    ]


def test_a_cache_with_replicas():
    """3 nodes: 3 x 730 x 0.1832 = 401.208, of which the two replicas are 267.472."""
    found = priced(
        planned(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "cache",
            engine="valkey",
            nodeType="cache.r6g.large",
            numCacheClusters=3,
            snapshotRetentionLimit=1,
        )
    )
    assert found.usd == pytest.approx(401.208)
    assert [(x.key, x.usd) for x in found.levers] == [("cache.replicas: 0", pytest.approx(267.472))]


def test_a_cluster_of_brokers_has_one_price():
    """730 x 1.728 in us-east-1; what its messages take is unknown."""
    broker = planned(
        "aws:mq/broker:Broker",
        "broker",
        engineType="RabbitMQ",
        hostInstanceType="mq.m5.xlarge",
        deploymentMode="CLUSTER_MULTI_AZ",
    )
    found = priced(broker, region="us-east-1")
    assert found.usd == pytest.approx(1261.44)
    assert found.unknown_names == ("Amazon MQ storage",)


def test_queues_keys_secrets_and_buckets():
    """0.40 and 0.50 a million requests, 1 for the key, 0.40 for the secret, 5 GiB x 0.023."""
    found = priced(
        planned("aws:sqs/queue:Queue", "events"),
        planned("aws:sqs/queue:Queue", "orders", fifoQueue=True),
        planned("aws:kms/key:Key", "key"),
        planned("aws:secretsmanager/secret:Secret", "secret"),
        planned("aws:s3/bucket:Bucket", "logs"),
    )
    assert found.usd == pytest.approx(0.40 + 0.50 + 1 + 0.40 + 0.115)


def test_a_volume_has_a_price_where_one_is_known_and_is_named_where_not():
    """5 GiB x 0.30 in us-east-1; what is read, written and backed up is unknown everywhere."""
    volume = planned("aws:efs/fileSystem:FileSystem", "volume-uploads", throughputMode="elastic")
    backups = planned(
        "aws:efs/backupPolicy:BackupPolicy", "volume-uploads", backupPolicy={"status": "ENABLED"}
    )
    found = priced(volume, backups, region="us-east-1")
    assert found.usd == pytest.approx(1.50)
    assert {line.charge.price for line in found.lines if line.usd is None} == {
        "EFS throughput",
        "EFS backups",
    }


def test_logs_and_alarms():
    """1 GiB written 0.57, 90 days of it kept 3 x 0.03 = 0.09; an alarm on a sum of two metrics
    0.20; the two alarms of a target tracking policy 0.20. A week of logs saves 83 / 30 x 0.03."""
    found = priced(
        planned("aws:cloudwatch/logGroup:LogGroup", "api", retentionInDays=90),
        planned(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "memory",
            metricQueries=[
                {"expression": "a / b"},
                {"metric": {"stat": "Sum"}},
                {"metric": {"stat": "Sum"}},
            ],
        ),
        planned("aws:appautoscaling/policy:Policy", "cpu", policyType="TargetTrackingScaling"),
    )
    assert found.usd == pytest.approx(0.57 + 0.09 + 0.20 + 0.20)
    assert [(x.key, x.usd) for x in found.levers] == [
        ("logRetentionDays: 7 everywhere", pytest.approx(0.083))
    ]


# What is assumed


@pytest.mark.parametrize(
    ("usage", "expected"),
    [({}, 730 * 0.053 + 20 * 0.048), ({"hours": 100, **NO_USE}, 5.3), ({"natGib": 1000}, 86.69)],
)
def test_the_usage_of_the_outputs_counts(usage: dict[str, float], expected: float):
    gateway = planned("aws:ec2/natGateway:NatGateway", "nat")
    assert priced(gateway, planned("aws:ec2/eip:Eip", "ip"), usage=usage).usd == pytest.approx(
        expected
    )


# What is unknown


def test_a_price_that_the_table_lacks_is_named_and_not_counted():
    found = priced(
        planned("aws:rds/instance:Instance", "db", **DATABASE | {"instanceClass": "db.x9.huge"})
    )
    assert found.usd == pytest.approx(12.70)
    assert found.unknown == ("no list price in eu-west-1: rds/db.x9.huge/multi-az-hour",)


def test_a_region_that_the_table_lacks():
    """What costs the same everywhere is counted."""
    found = priced(
        planned("aws:kms/key:Key", "key"),
        planned("aws:ec2/natGateway:NatGateway", "nat"),
        region="eu-north-1",
    )
    assert found.usd == 1
    assert found.unknown == ("no list price in eu-north-1: nat/gb, nat/hour",)


def test_a_property_that_the_preview_does_not_show():
    found: Estimate = priced(planned("aws:rds/instance:Instance", "db", engine="postgres"))
    assert found.unknown == (
        "aws:rds/instance:Instance: the preview does not show what its price depends on "
        "(platform db)",
    )
