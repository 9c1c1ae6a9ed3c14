"""RDS for PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.connections import allow, security_group
from components.network.network import Network
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.secrets import SecretHandle, json_value
from settings.stores.database import DatabaseSettings

PORT = 5432
USERNAME = "plataforma"
# Unanswered statements and idle transactions end; slow ones are logged (RDS User Guide,
# "Working with parameters on your RDS for PostgreSQL DB instance").
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "500",
    "log_lock_waits": "1",
    "idle_in_transaction_session_timeout": "60000",
}


@dataclass(frozen=True)
class DatabaseArgs:
    """`password` is the stack file's value with its handle, or None where RDS manages it."""

    settings: DatabaseSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: tuple[pulumi.Output[str], SecretHandle] | None = None


class Database(pulumi.ComponentResource):
    """The database of one stack.

    Makes: rds.SubnetGroup on isolated subnets, ParameterGroup (TLS forced), Instance (encrypted,
    Performance Insights, log exports, growing storage, backups), read replicas, the rotation of a
    managed password, enhanced monitoring's role, a security group, alarms; and with `proxy` an
    rds.Proxy with its target group, target, role and security group.
    """

    clients_reach: Mapping[str, pulumi.Output[str]]
    """Security groups that clients connect to, by what is behind them: the proxy alone where there
    is one, and the replicas."""
    environment: Mapping[str, pulumi.Input[str]]
    """DATABASE_* variables for applications."""
    password: SecretHandle

    def __init__(
        self,
        name: str,
        context: Context,
        args: DatabaseArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:database:Database", name, None, opts)
        self._name, self._context, self._args = name, context, args
        group = security_group(name, args.network.vpc_id, "PostgreSQL", parent=self)
        self._monitoring = self._monitoring_role()
        instance = self._instance(group)
        self.clients_reach = {name: group.id}
        host = self._proxy(instance, group) if args.settings.proxy else instance.address
        replicas = self._replicas(instance)
        self.password = self._password(instance)
        self.environment = {
            "DATABASE_HOST": host,
            "DATABASE_NAME": USERNAME,
            "DATABASE_PORT": str(PORT),
            "DATABASE_READER_HOST": replicas[0].address if replicas else host,
            "DATABASE_TLS": "true",
            "DATABASE_USERNAME": USERNAME,
        }
        for spec in alarm_specs(args.settings):
            args.alarms.add(
                f"{name}-{spec.name}", spec, {"DBInstanceIdentifier": instance.identifier}, self
            )
        self.register_outputs({"host": host})

    def _instance(self, group: aws.ec2.SecurityGroup) -> aws.rds.Instance:
        settings, network = self._args.settings, self._args.network
        production = self._context.is_production
        managed = self._args.password is None
        subnet_group = aws.rds.SubnetGroup(
            self._name,
            name=self._context.names.platform,
            subnet_ids=network.isolated_subnet_ids,
            opts=pulumi.ResourceOptions(parent=self),
        )
        parameters = aws.rds.ParameterGroup(
            self._name,
            family=f"postgres{settings.version.partition('.')[0]}",
            parameters=[{"name": key, "value": PARAMETERS[key]} for key in sorted(PARAMETERS)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.rds.Instance(
            self._name,
            identifier=self._context.names.platform,
            engine="postgres",
            engine_version=settings.version,
            instance_class=settings.instance_class,
            db_name=USERNAME,
            username=USERNAME,
            manage_master_user_password=True if managed else None,
            master_user_secret_kms_key_id=self._args.key_arn if managed else None,
            password=self._args.password[0] if self._args.password else None,
            allocated_storage=settings.storage.gib,
            max_allocated_storage=settings.storage.max_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=self._args.key_arn,
            multi_az=settings.multi_az,
            db_subnet_group_name=subnet_group.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            backup_retention_period=settings.backups.retention_days,
            backup_window=settings.backups.window,
            maintenance_window="sun:05:00-sun:06:00",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not production,
            deletion_protection=production,
            skip_final_snapshot=not production,
            final_snapshot_identifier=f"{self._context.names.platform}-final",
            enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._args.key_arn,
            performance_insights_retention_period=7,
            monitoring_interval=60,
            monitoring_role_arn=self._monitoring.arn,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            apply_immediately=not production,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _replicas(self, source: aws.rds.Instance) -> list[aws.rds.Instance]:
        count = self._args.settings.read_replicas
        if count == 0:
            return []
        name = f"{self._name}-replica"
        group = security_group(name, self._args.network.vpc_id, "Read replicas", parent=self)
        self.clients_reach = {**self.clients_reach, name: group.id}
        return [self._replica(source, group, number) for number in range(1, count + 1)]

    def _replica(
        self, source: aws.rds.Instance, group: aws.ec2.SecurityGroup, number: int
    ) -> aws.rds.Instance:
        settings = self._args.settings
        return aws.rds.Instance(
            f"{self._name}-replica-{number}",
            identifier=f"{self._context.names.platform}-replica-{number}",
            replicate_source_db=source.identifier,
            instance_class=settings.instance_class,
            storage_encrypted=True,
            max_allocated_storage=settings.storage.max_gib,
            parameter_group_name=source.parameter_group_name,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            deletion_protection=self._context.is_production,
            skip_final_snapshot=True,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._args.key_arn,
            performance_insights_retention_period=7,
            monitoring_interval=60,
            monitoring_role_arn=self._monitoring.arn,
            auto_minor_version_upgrade=True,
            apply_immediately=not self._context.is_production,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _password(self, instance: aws.rds.Instance) -> SecretHandle:
        if self._args.password:
            return self._args.password[1]
        arn = instance.master_user_secrets[0]["secret_arn"]
        aws.secretsmanager.SecretRotation(
            f"{self._name}-password",
            secret_id=arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": self._args.settings.rotation_days},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return SecretHandle(
            "secretsmanager", arn, json_value(arn, "password"), "managed", outside=True
        )

    def _monitoring_role(self) -> aws.iam.Role:
        role = iam.service_role(
            f"{self._name}-monitoring",
            physical_name=f"{self._context.names.platform}-database-monitoring",
            service="monitoring.rds",
            context=self._context,
            statements=[],
            parent=self,
        )
        aws.iam.RolePolicyAttachment(
            f"{self._name}-monitoring",
            role=role.name,
            policy_arn=f"arn:{self._context.partition}:iam::aws:policy/service-role/"
            "AmazonRDSEnhancedMonitoringRole",
            opts=pulumi.ResourceOptions(parent=role),
        )
        return role

    def _proxy(
        self, instance: aws.rds.Instance, database: aws.ec2.SecurityGroup
    ) -> pulumi.Output[str]:
        """Makes the proxy and gives its endpoint. Applications then reach only the proxy."""
        name, network = f"{self._name}-proxy", self._args.network
        group = security_group(name, network.vpc_id, "RDS Proxy", parent=self)
        self.clients_reach = {name: group.id}
        allow(
            f"{name}-to-{self._name}",
            source=group.id,
            target=database.id,
            port=PORT,
            parent=self,
        )
        secret_arn = self._proxy_secret(name, instance)
        role = iam.service_role(
            name,
            physical_name=f"{self._context.names.platform}-database-proxy",
            service="rds",
            context=self._context,
            statements=[
                iam.allow(["secretsmanager:GetSecretValue"], [secret_arn]),
                iam.allow(["kms:Decrypt"], [self._args.key_arn]),
            ],
            parent=self,
        )
        proxy = aws.rds.Proxy(
            name,
            name=self._context.names.platform,
            engine_family="POSTGRESQL",
            role_arn=role.arn,
            require_tls=True,
            idle_client_timeout=1800,
            auths=[{"auth_scheme": "SECRETS", "iam_auth": "DISABLED", "secret_arn": secret_arn}],
            vpc_subnet_ids=network.isolated_subnet_ids,
            vpc_security_group_ids=[group.id],
            opts=pulumi.ResourceOptions(parent=self),
        )
        targets = aws.rds.ProxyDefaultTargetGroup(
            name,
            db_proxy_name=proxy.name,
            connection_pool_config={"max_connections_percent": 90},
            opts=pulumi.ResourceOptions(parent=proxy),
        )
        aws.rds.ProxyTarget(
            name,
            db_proxy_name=proxy.name,
            target_group_name=targets.name,
            db_instance_identifier=instance.identifier,
            opts=pulumi.ResourceOptions(parent=proxy),
        )
        return proxy.endpoint

    def _proxy_secret(self, name: str, instance: aws.rds.Instance) -> pulumi.Output[str]:
        """The proxy signs in with a JSON secret: the managed one, or one made from the value."""
        if self._args.password is None:
            return instance.master_user_secrets[0]["secret_arn"]
        secret = aws.secretsmanager.Secret(
            name,
            name=self._context.names.secret("database-proxy"),
            kms_key_id=self._args.key_arn,
            recovery_window_in_days=30 if self._context.is_production else 7,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=self._args.password[0].apply(
                lambda password: json.dumps({"username": USERNAME, "password": password})
            ),
            opts=pulumi.ResourceOptions(parent=secret),
        )
        return secret.arn


def alarm_specs(settings: DatabaseSettings) -> list[AlarmSpec]:
    """CPU, storage and latency of the primary."""
    free_bytes = settings.storage.gib * 1024**3 // 10
    return [
        AlarmSpec(
            "cpu", "AWS/RDS", "CPUUtilization", ">", 80, minutes=15, meaning="CPU above 80 %"
        ),
        AlarmSpec(
            "storage",
            "AWS/RDS",
            "FreeStorageSpace",
            "<",
            free_bytes,
            minutes=15,
            meaning="less than a tenth of the first disk size is free",
        ),
        AlarmSpec(
            "write-latency",
            "AWS/RDS",
            "WriteLatency",
            ">",
            0.1,
            minutes=10,
            meaning="a write takes more than 100 ms",
        ),
    ]
