"""RDS Proxy: pooled connections to the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.managed_secret import managed_secret_arn
from components.network.network import Network
from components.network.security_groups import allow, security_group
from components.shared import iam
from components.shared.context import Context
from components.shared.link import Endpoint
from components.shared.secrets import NO_RECOVERY_WINDOW


@dataclass(frozen=True)
class DatabaseProxyArgs:
    """The database behind the proxy, and how the proxy signs in to it.

    `database_name` ends the names of the rules from the proxy to the database; `password` is None
    where RDS manages the password in a secret of the instance.
    """

    database_name: str
    instance: aws.rds.Instance
    security_group: aws.ec2.SecurityGroup
    port: int
    username: str
    password: pulumi.Output[str] | None
    network: Network
    key_arn: pulumi.Input[str]


@dataclass(frozen=True)
class DatabaseProxy:
    """What clients connect to instead of the database. `host` is known once the database is
    registered behind the proxy, so that clients start after it."""

    host: pulumi.Output[str]
    endpoint: Endpoint


def database_proxy(
    name: str, context: Context, args: DatabaseProxyArgs, parent: pulumi.Resource
) -> DatabaseProxy:
    """Makes: rds.Proxy, ProxyDefaultTargetGroup, ProxyTarget, its role, its security group with the
    rules to the database's, and a secretsmanager.Secret unless the instance has one."""
    group = security_group(name, args.network.vpc_id, "RDS Proxy", parent=parent)
    allow(
        f"{name}-to-{args.database_name}",
        source=group.id,
        target=args.security_group.id,
        port=args.port,
        parent=parent,
    )
    secret_arn = _secret_arn(name, context, args, parent)
    role = iam.service_role(
        name,
        physical_name=f"{context.names.platform}-database-proxy",
        service="rds",
        context=context,
        statements=[
            iam.allow(["secretsmanager:GetSecretValue"], [secret_arn]),
            iam.allow(["kms:Decrypt"], [args.key_arn]),
        ],
        parent=parent,
    )
    proxy = aws.rds.Proxy(
        name,
        name=context.names.platform,
        engine_family="POSTGRESQL",
        role_arn=role.arn,
        require_tls=True,
        idle_client_timeout=1800,
        auths=[{"auth_scheme": "SECRETS", "iam_auth": "DISABLED", "secret_arn": secret_arn}],
        vpc_subnet_ids=args.network.isolated_subnet_ids,
        vpc_security_group_ids=[group.id],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    target = _target(name, proxy, args.instance)
    host = pulumi.Output.all(proxy.endpoint, target.id).apply(lambda known: str(known[0]))
    return DatabaseProxy(host, Endpoint(name, group.id, args.port))


def _target(name: str, proxy: aws.rds.Proxy, instance: aws.rds.Instance) -> aws.rds.ProxyTarget:
    targets = aws.rds.ProxyDefaultTargetGroup(
        name,
        db_proxy_name=proxy.name,
        connection_pool_config={"max_connections_percent": 90},
        opts=pulumi.ResourceOptions(parent=proxy),
    )
    return aws.rds.ProxyTarget(
        name,
        db_proxy_name=proxy.name,
        target_group_name=targets.name,
        db_instance_identifier=instance.identifier,
        opts=pulumi.ResourceOptions(parent=proxy),
    )


def _secret_arn(
    name: str, context: Context, args: DatabaseProxyArgs, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The proxy signs in with a secret of JSON: RDS's own, or one made from the password."""
    if args.password is None:
        return managed_secret_arn(args.instance)
    secret = aws.secretsmanager.Secret(
        name,
        name=context.names.secret("database-proxy"),
        kms_key_id=args.key_arn,
        recovery_window_in_days=NO_RECOVERY_WINDOW,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.secretsmanager.SecretVersion(
        name,
        secret_id=secret.id,
        secret_string=args.password.apply(
            lambda password: json.dumps({"username": args.username, "password": password})
        ),
        opts=pulumi.ResourceOptions(parent=secret),
    )
    return secret.arn
