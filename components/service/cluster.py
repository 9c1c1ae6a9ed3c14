"""The ECS cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from components.shared.logs import log_group
from components.shared.ordering import after
from settings.service.cluster import ClusterSettings


@dataclass(frozen=True)
class ClusterArgs:
    """`key_arn` is the KMS key that encrypts ECS Exec's sessions and their log."""

    settings: ClusterSettings
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Cluster(pulumi.ComponentResource):
    """The cluster that all services of a stack run on.

    Makes: ecs.Cluster (Container Insights), Fargate and Fargate Spot as its capacity providers, a
    private Cloud Map namespace, and with `exec` the log group of ECS Exec's sessions.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    namespace_id: pulumi.Output[str]
    namespace_name: str
    exec_enabled: bool
    exec_log_group_arn: pulumi.Output[str] | None
    exec_key_arn: pulumi.Input[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: ClusterArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:cluster:Cluster", name, None, opts)
        settings = args.settings
        self.exec_enabled = settings.exec
        self.exec_log_group_arn = None
        self.exec_key_arn = args.key_arn
        configuration = None
        if settings.exec:
            sessions = log_group(
                f"{name}-exec",
                physical_name=context.names.log_group("exec"),
                retention_days=365,
                key_arn=args.key_arn,
                parent=self,
            )
            self.exec_log_group_arn = sessions.arn
            configuration = _exec_configuration(sessions.name, args.key_arn)
        cluster = aws.ecs.Cluster(
            name,
            name=context.names.platform,
            settings=[{"name": "containerInsights", "value": settings.container_insights}],
            configuration=configuration,
            opts=pulumi.ResourceOptions(parent=self),
        )
        providers = aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "weight": 1}],
            opts=pulumi.ResourceOptions(parent=cluster),
        )
        self.namespace_name = f"{context.names.platform}.internal"
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            name,
            name=self.namespace_name,
            vpc=args.vpc_id,
            description=f"Services of {context.names.platform}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Services use the capacity providers: ECS refuses to take away those in use.
        self.arn = after(cluster.arn, [providers])
        self.name, self.namespace_id = cluster.name, namespace.id
        self.register_outputs({"name": cluster.name})


def _exec_configuration(
    group_name: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> aws.ecs.ClusterConfigurationArgsDict:
    return {
        "execute_command_configuration": {
            "kms_key_id": key_arn,
            "logging": "OVERRIDE",
            "log_configuration": {
                "cloud_watch_encryption_enabled": True,
                "cloud_watch_log_group_name": group_name,
            },
        }
    }
