"""SIMULATION, not AWS: what the provider computes for each resource type used, in one table.

The provider plugin answers with these values after a simulated creation and with "unknown" in a
preview; the in-process preview shows `${name.property}` for what only AWS knows. To use one more
resource type or function, add its row here (and what forces its replacement in replacement.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from settings.project import ROOT
from simulation.protocol import UNKNOWN
from simulation.replacement import forced
from simulation.wire import mask, reveal

ACCOUNT = "123456789012"
DOCKERFILES = ROOT / "images"


class NotSimulatedError(Exception):
    """The program uses a type, function or argument that the simulation does not know."""


class _Inputs(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Facts:
    """What the values of one resource are formed from."""

    seed: str
    name: str
    i: Mapping[str, Any]
    region: str
    account: str = ACCOUNT
    id: str = ""

    def hex(self, length: int) -> str:
        return hashlib.sha256(self.seed.encode()).hexdigest()[:length]

    def __getitem__(self, key: str) -> Any:
        if key.startswith("hex"):
            return self.hex(int(key[3:]))
        if key == "uuid":
            h = self.hex(32)
            return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
        if key == "number":
            return str(1 + int(self.hex(8), 16) % 9973)
        if key == "partition":
            return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(
                self.region.rpartition("-")[0][:6].removesuffix("-"), "aws"
            )
        return getattr(self, key)


Value = str | int | bool | None | list[Any] | dict[str, Any] | Callable[[Facts], Any]


@dataclass(frozen=True)
class Row:
    """One resource type: how its id is formed, what is computed, and the property that is named
    automatically when the program gives no name. `renewed` properties change with every update."""

    id: str
    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    named: str = ""
    renewed: frozenset[str] = frozenset()


def _arn(service: str, resource: str) -> str:
    return "arn:{partition}:" + service + ":{region}:{account}:" + resource


def _global_arn(service: str, resource: str) -> str:
    return "arn:{partition}:" + service + "::{account}:" + resource


def _ec2(prefix: str, kind: str, **outputs: Value) -> Row:
    arn = _arn("ec2", kind + "/{id}")
    return Row(prefix + "-{hex17}", {"arn": arn, "ownerId": "{account}", **outputs})


def _by_arn(arn: str, named: str = "name", **outputs: Value) -> Row:
    return Row(arn, {"arn": "{id}", **outputs}, named)


def _by_name(service: str, resource: str, named: str = "name", **outputs: Value) -> Row:
    return Row("{name}", {"arn": _arn(service, resource), **outputs}, named)


def _of_bucket() -> Row:
    return Row("{i[bucket]}")


def _validations(facts: Facts) -> list[dict[str, str]]:
    others: list[str] = facts.i["subjectAlternativeNames"] or []
    names = list(dict.fromkeys([str(facts.i["domainName"]), *others]))
    return [
        {
            "domainName": domain,
            "resourceRecordName": f"_{facts.hex(32)}.{domain.removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{facts.hex(31)}.acm-validations.aws.",
        }
        for domain in names
    ]


def _master_user_secrets(facts: Facts) -> list[dict[str, str]]:
    if not facts.i["manageMasterUserPassword"]:
        return []
    secret = f"rds!db-{facts['uuid']}-{facts.hex(6)}"
    return [
        {
            "kmsKeyId": facts.i["masterUserSecretKmsKeyId"] or facts["uuid"],
            "secretArn": f"arn:aws:secretsmanager:{facts.region}:{facts.account}:secret:{secret}",
            "secretStatus": "active",
        }
    ]


def _member_clusters(facts: Facts) -> list[str]:
    count = facts.i["numCacheClusters"] or 1
    return [f"{facts.name}-{number:03}" for number in range(1, int(count) + 1)]


def _broker_instances(facts: Facts) -> list[dict[str, Any]]:
    host = f"{facts.id}.mq.{facts.region}.on.aws"
    address = f"amqps://{host}:5671"
    return [{"consoleUrl": f"https://{host}", "endpoints": [address], "ipAddress": ""}]


def _below(parent: str, before: str, after: str) -> Callable[[Facts], str]:
    return lambda f: f"{str(f.i[parent]).replace(before, after)}/{f.hex(16)}"


def _cluster_name(facts: Facts) -> str:
    return str(facts.i["cluster"]).rpartition("/")[2] or "default"


_TASK_FAMILY = _arn("ecs", "task-definition/{i[family]}")
_BUCKET_HOST = "{name}.s3.{region}.amazonaws.com"
_CACHE_HOST = "{name}.{hex6}.{region}.cache.amazonaws.com"
_QUEUE_URL = "https://sqs.{region}.amazonaws.com/{account}/{name}"

TABLE: Mapping[str, Row] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc",
        "vpc",
        defaultNetworkAclId="acl-{hex17}",
        defaultRouteTableId="rtb-{hex16}0",
        defaultSecurityGroupId="sg-{hex17}",
        dhcpOptionsId="dopt-{hex17}",
        mainRouteTableId="rtb-{hex16}0",
    ),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet", availabilityZoneId="{region}-az-{hex2}"),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", routes=[], propagatingVgws=[]),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Row("rtbassoc-{hex17}"),
    "aws:ec2/route:Route": Row(
        "r-{i[routeTableId]}1080289494", {"origin": "CreateRoute", "state": "active"}
    ),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": Row(
        "nat-{hex17}",
        {
            "associationId": "eipassoc-{hex17}",
            "networkInterfaceId": "eni-{hex17}",
            "privateIp": "10.0.0.{hex1}",
            "publicIp": "203.0.113.{hex1}",
        },
    ),
    "aws:ec2/eip:Eip": Row(
        "eipalloc-{hex17}",
        {
            "allocationId": "{id}",
            "arn": _arn("ec2", "elastic-ip/{id}"),
            "publicIp": "203.0.113.{hex1}",
            "publicDns": "ec2-203-0-113-{hex1}.{region}.compute.amazonaws.com",
        },
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "vpce",
        "vpc-endpoint",
        dnsEntries=[{"dnsName": "{id}.vpce.amazonaws.com", "hostedZoneId": "Z{hex12}"}],
        prefixListId="pl-{hex8}",
        state="available",
    ),
    "aws:ec2/flowLog:FlowLog": Row("fl-{hex17}", {"arn": _arn("ec2", "vpc-flow-log/{id}")}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "sg", "security-group", name="default", description="default VPC security group"
    ),
    "aws:ec2/securityGroup:SecurityGroup": replace(_ec2("sg", "security-group"), named="name"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Row(
        "sgr-{hex17}",
        {"arn": _arn("ec2", "security-group-rule/{id}"), "securityGroupRuleId": "{id}"},
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Row(
        "sgr-{hex17}",
        {"arn": _arn("ec2", "security-group-rule/{id}"), "securityGroupRuleId": "{id}"},
    ),
    "aws:lb/loadBalancer:LoadBalancer": _by_arn(
        _arn("elasticloadbalancing", "loadbalancer/app/{name}/{hex16}"),
        arnSuffix="app/{name}/{hex16}",
        dnsName="{name}-{hex9}.{region}.elb.amazonaws.com",
        zoneId="Z{hex12}",
        vpcId="vpc-{hex17}",
    ),
    "aws:lb/listener:Listener": Row(
        "", {"arn": _below("loadBalancerArn", ":loadbalancer/", ":listener/")}
    ),
    "aws:lb/listenerRule:ListenerRule": Row(
        "", {"arn": _below("listenerArn", ":listener/", ":listener-rule/")}
    ),
    "aws:lb/targetGroup:TargetGroup": _by_arn(
        _arn("elasticloadbalancing", "targetgroup/{name}/{hex16}"),
        arnSuffix="targetgroup/{name}/{hex16}",
        loadBalancerArns=[],
    ),
    "aws:s3/bucket:Bucket": Row(
        "{name}",
        {
            "arn": "arn:{partition}:s3:::{name}",
            "bucketDomainName": "{name}.s3.amazonaws.com",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": _BUCKET_HOST,
            "hostedZoneId": "Z{hex12}",
        },
        "bucket",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _of_bucket(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _of_bucket(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _of_bucket(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _of_bucket()
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _of_bucket(),
    "aws:s3/bucketVersioning:BucketVersioning": _of_bucket(),
    "aws:amp/workspace:Workspace": Row(
        "ws-{uuid}",
        {
            "arn": _arn("aps", "workspace/{id}"),
            "prometheusEndpoint": (
                "https://aps-workspaces.{region}.amazonaws.com/workspaces/{id}/"
            ),
        },
    ),
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": Row(
        "arn:{partition}:aps:{region}:{account}:rulegroupsnamespace/{i[workspaceId]}/{i[name]}",
        {"arn": "{id}"},
    ),
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": Row("{i[workspaceId]}"),
    "aws:grafana/workspace:Workspace": Row(
        "g-{hex10}",
        {
            "arn": _arn("grafana", "/workspaces/{id}"),
            "endpoint": "{id}.grafana-workspace.{region}.amazonaws.com",
            "grafanaVersion": "10.4",
            "samlConfigurationStatus": "NOT_CONFIGURED",
        },
    ),
    "aws:acm/certificate:Certificate": _by_arn(
        _arn("acm", "certificate/{uuid}"),
        named="",
        domainValidationOptions=_validations,
        status="PENDING_VALIDATION",
        type="AMAZON_ISSUED",
    ),
    "aws:acm/certificateValidation:CertificateValidation": Row(
        "2000-01-01 00:00:00.{number} +0000 UTC"
    ),
    "aws:route53/record:Record": Row("{i[zoneId]}_{i[name]}_{i[type]}", {"fqdn": "{i[name]}"}),
    "aws:wafv2/webAcl:WebAcl": Row(
        "{uuid}",
        {
            "arn": lambda f: (
                f"arn:{f['partition']}:wafv2:{f.region}:{f.account}:"
                f"{'global' if f.i['scope'] == 'CLOUDFRONT' else 'regional'}"
                f"/webacl/{f.name}/{f.id}"
            ),
            "capacity": 1000,
            "lockToken": "{uuid}",
        },
        "name",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Row("{i[webAclArn]},{i[resourceArn]}"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Row("{i[resourceArn]}"),
    "aws:cloudfront/distribution:Distribution": Row(
        "E{hex13}",
        {
            "arn": _global_arn("cloudfront", "distribution/{id}"),
            "callerReference": "terraform-{number}",
            "domainName": "d{hex13}.cloudfront.net",
            "etag": "E{hex12}",
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "status": "Deployed",
        },
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": Row(
        "vo_{hex22}", {"arn": _global_arn("cloudfront", "vpcorigin/{id}"), "etag": "E{hex12}"}
    ),
    "aws:ecs/cluster:Cluster": _by_arn(_arn("ecs", "cluster/{name}")),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Row("{i[clusterName]}"),
    "aws:ecs/taskDefinition:TaskDefinition": Row(
        "{i[family]}",
        {
            "arn": _TASK_FAMILY + ":{number}",
            "arnWithoutRevision": _TASK_FAMILY,
            "revision": lambda facts: int(facts["number"]),
        },
    ),
    "aws:ecs/service:Service": Row(
        "",
        {
            "arn": lambda f: (
                f"arn:{f['partition']}:ecs:{f.region}:{f.account}"
                f":service/{_cluster_name(f)}/{f.name}"
            )
        },
        "name",
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Row(
        "ns-{hex16}",
        {"arn": _arn("servicediscovery", "namespace/{id}"), "hostedZone": "Z{hex20}"},
        "name",
    ),
    "aws:servicediscovery/service:Service": Row(
        "srv-{hex16}", {"arn": _arn("servicediscovery", "service/{id}")}, "name"
    ),
    "aws:iam/role:Role": Row(
        "{name}",
        {
            "arn": lambda f: (
                f"arn:{f['partition']}:iam::{f.account}:role{f.i['path'] or '/'}{f.name}"
            ),
            "createDate": "2000-01-01T00:00:00Z",
            "uniqueId": "AROA{hex17}",
        },
        "name",
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Row(
        "",
        {
            "arn": lambda f: (
                f"arn:{f['partition']}:iam::{f.account}"
                f":oidc-provider/{str(f.i['url']).removeprefix('https://')}"
            )
        },
    ),
    "aws:iam/policy:Policy": _by_arn(
        _global_arn("iam", "policy/{name}"), attachmentCount=0, policyId="ANPA{hex17}"
    ),
    "aws:iam/rolePolicy:RolePolicy": Row("{i[role]}:{name}", named="name"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Row("{i[role]}/{i[policyArn]}"),
    "aws:cloudwatch/logGroup:LogGroup": _by_name("logs", "log-group:{name}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _by_name("cloudwatch", "alarm:{name}"),
    "aws:cloudwatch/eventRule:EventRule": _by_name("events", "rule/{name}"),
    "aws:cloudwatch/eventTarget:EventTarget": Row("{i[rule]}-{name}", named="targetId"),
    "aws:sfn/stateMachine:StateMachine": _by_arn(
        _arn("states", "stateMachine:{name}"),
        creationDate="2000-01-01T00:00:00Z",
        revisionId="{uuid}",
        stateMachineVersionArn=_arn("states", "stateMachine:{name}:1"),
        status="ACTIVE",
    ),
    "aws:appautoscaling/target:Target": Row(
        "{i[resourceId]}", {"arn": _arn("application-autoscaling", "scalable-target/{hex34}")}
    ),
    "aws:appautoscaling/policy:Policy": Row(
        "{name}",
        {
            "arn": _arn("autoscaling", "scalingPolicy:{uuid}:{i[resourceId]}:policyName/{name}"),
            "alarmArns": [],
        },
        "name",
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Row(
        "{name}-{i[serviceNamespace]}-{i[resourceId]}",
        {"arn": _arn("autoscaling", "scheduledAction:{uuid}:{i[resourceId]}:{name}")},
        "name",
    ),
    "aws:codedeploy/application:Application": Row(
        "{uuid}",
        {"arn": _arn("codedeploy", "application:{name}"), "applicationId": "{id}"},
        "name",
    ),
    "aws:codedeploy/deploymentConfig:DeploymentConfig": _by_name(
        "codedeploy",
        "deploymentconfig:{name}",
        "deploymentConfigName",
        deploymentConfigId="{uuid}",
    ),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": Row(
        "{uuid}",
        {
            "arn": _arn("codedeploy", "deploymentgroup:{i[appName]}/{i[deploymentGroupName]}"),
            "computePlatform": "ECS",
            "deploymentGroupId": "{id}",
        },
    ),
    "aws:rds/subnetGroup:SubnetGroup": _by_name("rds", "subgrp:{name}", vpcId="vpc-{hex17}"),
    "aws:rds/parameterGroup:ParameterGroup": _by_name("rds", "pg:{name}"),
    "aws:rds/instance:Instance": Row(
        "db-{hex26}",
        {
            "address": "{name}.{hex12}.{region}.rds.amazonaws.com",
            "arn": _arn("rds", "db:{name}"),
            "endpoint": lambda f: (
                f"{f.name}.{f.hex(12)}.{f.region}.rds.amazonaws.com:{f.i['port'] or 5432}"
            ),
            "engineVersionActual": "{i[engineVersion]}",
            "hostedZoneId": "Z{hex12}",
            "masterUserSecrets": _master_user_secrets,
            "port": 5432,
            "replicas": [],
            "resourceId": "{id}",
            "status": "available",
        },
        "identifier",
    ),
    "aws:rds/proxy:Proxy": Row(
        "{name}",
        {
            "arn": _arn("rds", "db-proxy:prx-{hex17}"),
            "endpoint": "{name}.proxy-{hex12}.{region}.rds.amazonaws.com",
        },
        "name",
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": Row(
        "{i[dbProxyName]}",
        {"arn": _arn("rds", "target-group:prx-tg-{hex17}"), "name": "default"},
    ),
    "aws:rds/proxyTarget:ProxyTarget": Row(
        "{i[dbProxyName]}/{i[targetGroupName]}/RDS_INSTANCE/{i[dbInstanceIdentifier]}",
        {"rdsResourceId": "{i[dbInstanceIdentifier]}", "type": "RDS_INSTANCE", "port": 5432},
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": _by_name(
        "elasticache", "subnetgroup:{name}", vpcId="vpc-{hex17}"
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": _by_name(
        "elasticache", "parametergroup:{name}"
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": _by_name(
        "elasticache",
        "replicationgroup:{name}",
        "replicationGroupId",
        clusterEnabled=False,
        configurationEndpointAddress="clustercfg." + _CACHE_HOST,
        engineVersionActual="{i[engineVersion]}",
        memberClusters=_member_clusters,
        port=6379,
        primaryEndpointAddress="master." + _CACHE_HOST,
        readerEndpointAddress="replica." + _CACHE_HOST,
    ),
    "aws:mq/broker:Broker": Row(
        "b-{uuid}",
        {"arn": _arn("mq", "broker:{name}:{id}"), "instances": _broker_instances},
        "brokerName",
    ),
    "aws:sqs/queue:Queue": Row(_QUEUE_URL, {"arn": _arn("sqs", "{name}"), "url": "{id}"}, "name"),
    "aws:sqs/queuePolicy:QueuePolicy": Row("{i[queueUrl]}"),
    "aws:kms/key:Key": Row("{uuid}", {"arn": _arn("kms", "key/{id}"), "keyId": "{id}"}),
    "aws:kms/alias:Alias": _by_name(
        "kms", "{name}", targetKeyArn=_arn("kms", "key/{i[targetKeyId]}")
    ),
    "aws:ssm/parameter:Parameter": Row(
        "{name}",
        {
            "arn": lambda f: (
                f"arn:{f['partition']}:ssm:{f.region}:{f.account}"
                f":parameter/{f.name.removeprefix('/')}"
            ),
            "version": lambda f: int(f["number"]),
        },
        "name",
        renewed=frozenset({"version"}),
    ),
    "aws:secretsmanager/secret:Secret": _by_arn(_arn("secretsmanager", "secret:{name}-{hex6}")),
    "aws:secretsmanager/secretVersion:SecretVersion": Row(
        "{i[secretId]}|terraform-{hex26}",
        {
            "arn": "{i[secretId]}",
            "secretArn": "{i[secretId]}",
            "versionId": "terraform-{hex26}",
            "versionStages": ["AWSCURRENT"],
        },
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Row("{i[secretId]}"),
    "aws:sns/topic:Topic": _by_arn(_arn("sns", "{name}"), owner="{account}"),
    "aws:sns/topicPolicy:TopicPolicy": Row("{i[arn]}", {"owner": "{account}"}),
    "aws:sns/topicSubscription:TopicSubscription": Row(
        "", {"arn": "{i[topic]}:{uuid}", "ownerId": "{account}", "pendingConfirmation": True}
    ),
    "docker:index/image:Image": Row(
        "sha256:{hex64}",
        {
            "baseImageName": "{i[imageName]}",
            "registryServer": lambda f: str(f.i["imageName"]).partition("/")[0],
            "repoDigest": lambda f: (
                f"{str(f.i['imageName']).rpartition(':')[0]}@sha256:{f.hex(64)}"
            ),
        },
        renewed=frozenset({"repoDigest"}),
    ),
}


def row(token: str) -> Row:
    """The row of a resource type."""
    if token not in TABLE:
        raise NotSimulatedError(
            f"SIMULATION, not AWS: resource type {token} is not simulated; "
            f"add its row to simulation/outputs.py"
        )
    return TABLE[token]


def created(
    token: str, urn: str, inputs: Mapping[str, Any], region: str
) -> tuple[str, dict[str, Any]]:
    """The id and outputs of a simulated resource after its creation; the same for the same URN
    and the same properties that force a replacement, as an AWS client token would have it."""
    fixed = {path: reveal(inputs.get(path.partition(".")[0])) for path in forced(token)}
    seed = urn + json.dumps(fixed, sort_keys=True)
    resource_id, computed = _compute(token, _facts(token, urn, inputs, region, seed))
    return resource_id, _filled(computed, inputs)


def updated(
    token: str, urn: str, old: Mapping[str, Any], inputs: Mapping[str, Any], region: str
) -> dict[str, Any]:
    """The outputs after an update: what creation computed stays, save what an update renews."""
    table_row = row(token)
    seed = urn + json.dumps(reveal(inputs), sort_keys=True)
    _, computed = _compute(token, _facts(token, urn, inputs, region, seed))
    kept = {
        k: computed[k] if k in table_row.renewed else old.get(k, v) for k, v in computed.items()
    }
    return _filled(kept, inputs)


def previewed(
    token: str, inputs: Mapping[str, Any], old: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The outputs that a preview knows: those of a creation, or of an update of `old`."""
    table_row = row(token)
    keys = [*table_row.outputs, *([table_row.named] if table_row.named else [])]
    if old is None:
        return _filled(dict.fromkeys(keys, UNKNOWN), inputs)
    return _filled(
        {k: UNKNOWN if k in table_row.renewed else old.get(k, UNKNOWN) for k in keys}, inputs
    )


def placeholders(
    token: str, name: str, inputs: Mapping[str, Any], region: str
) -> tuple[str, dict[str, Any]]:
    """The id and outputs with `${name.property}` for what only AWS knows: whatever differs between
    two imagined creations in two accounts."""
    one = _compute(token, _facts(token, name, inputs, region, "one"))
    other_facts = replace(_facts(token, name, inputs, region, "two"), account="210987654321")
    other = _compute(token, other_facts)
    named = row(token).named
    computed = _hidden(one[1], other[1], name)
    if named:
        computed.setdefault(named, f"${{{name}.{named}}}")
    return f"${{{name}.id}}", _filled(computed, inputs)


def zones(region: str) -> list[str]:
    """The availability zones of a region."""
    return [region + letter for letter in "abc"]


def image_digests(config: Mapping[str, Any], stack: str) -> dict[str, str]:
    """What a referenced stack would export: a digest for every image that a service names or that
    has a Dockerfile."""
    services = next((v for k, v in config.items() if k.endswith(":services")), None) or {}
    images = {str(s.get("image", name)) for name, s in services.items() if isinstance(s, Mapping)}
    images |= {file.suffix[1:] for file in DOCKERFILES.glob("Dockerfile.*")}
    return {
        image: "sha256:" + hashlib.sha256(f"{stack}/{image}".encode()).hexdigest()
        for image in sorted(images)
    }


def invoke(function: str, args: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The answer of a provider function."""
    facts = Facts(
        seed=function + json.dumps(mask(args), sort_keys=True), name="", i={}, region=region
    )
    if function == "aws:index/getAvailabilityZones:getAvailabilityZones":
        ids = [f"{region}-az{number}" for number in (1, 2, 3)]
        return {
            **args,
            "id": region,
            "names": zones(region),
            "zoneIds": ids,
            "groupNames": [region],
        }
    if function == "aws:ec2/getManagedPrefixList:getManagedPrefixList":
        found = f"pl-{facts.hex(8)}"
        arn = f"arn:aws:ec2:{region}:aws:prefix-list/{found}"
        more = {"addressFamily": "IPv4", "entries": [], "maxEntries": 55, "ownerId": "AWS"}
        return {**args, **more, "id": found, "arn": arn, "version": 1, "tags": {}}
    if function == "aws:secretsmanager/getSecret:getSecret":
        secret = f"secret:{args.get('name', '')}-{facts.hex(6)}"
        arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:{secret}"
        return {**args, "id": arn, "arn": arn, "policy": "", "tags": {}, "description": ""}
    raise NotSimulatedError(
        f"SIMULATION, not AWS: function {function} is not simulated; "
        "add it to simulation/outputs.py"
    )


def _facts(token: str, urn: str, inputs: Mapping[str, Any], region: str, seed: str) -> Facts:
    shown = _Inputs(mask(inputs))
    named = row(token).named
    name = shown[named] if named else ""
    logical = f"{urn.rpartition('::')[2]}-{hashlib.sha256(seed.encode()).hexdigest()[:7]}"
    return Facts(seed, str(name or logical), shown, str(shown["region"] or region))


def _compute(token: str, facts: Facts) -> tuple[str, dict[str, Any]]:
    table_row = row(token)
    if not table_row.id:  # the id is the ARN
        arn = _format(table_row.outputs["arn"], facts)
        facts = replace(facts, id=arn)
    else:
        facts = replace(facts, id=_format(table_row.id, facts))
    return facts.id, {key: _format(value, facts) for key, value in table_row.outputs.items()}


def _format(value: Value, facts: Facts) -> Any:
    if isinstance(value, str):
        return value.format_map(facts)
    if isinstance(value, list):
        return [_format(item, facts) for item in value]
    if isinstance(value, dict):
        return {key: _format(item, facts) for key, item in value.items()}
    return value(facts) if callable(value) else value


def _hidden(one: Any, other: Any, path: str) -> Any:
    if isinstance(one, dict):
        return {key: _hidden(item, other[key], f"{path}.{key}") for key, item in one.items()}
    if isinstance(one, list):
        return [
            _hidden(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(one, other, strict=True))
        ]
    return one if one == other else f"${{{path}}}"


def _filled(computed: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in inputs.items() if v is not None and not k.startswith("__")}
    return {**computed, **given}
