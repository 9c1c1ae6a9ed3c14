"""RDS for PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.database_proxy import DatabaseProxy, DatabaseProxyArgs, database_proxy
from components.network.network import Network
from components.network.security_groups import security_group
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.link import Endpoint, Link
from components.shared.secret_handle import SecretHandle, json_value
from components.shared.secrets import Password
from settings.stores.database import DatabaseSettings

PORT = 5432
USERNAME = "plataforma"
# Idle transactions end; slow statements and lock waits are logged (RDS User Guide, "Working with
# parameters on your RDS for PostgreSQL DB instance").
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "500",
    "log_lock_waits": "1",
    "idle_in_transaction_session_timeout": "60000",
}


@dataclass(frozen=True)
class DatabaseArgs:
    """`password` is None where RDS generates and rotates it."""

    settings: DatabaseSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: Password | None = None


class Database(pulumi.ComponentResource):
    """The database of one stack.

    Makes: rds.SubnetGroup on isolated subnets, ParameterGroup (TLS required), Instance (encrypted,
    Performance Insights, log exports, storage autoscaling, backups), read replicas, the rotation of
    a managed password, enhanced monitoring's role, a security group, alarms; and with `proxy` an
    rds.Proxy with its target group, target, role and security group.
    """

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
        proxy = self._proxy(instance, group)
        self._host = proxy.host if proxy else instance.address
        self._endpoints = [proxy.endpoint if proxy else Endpoint(name, group.id, PORT)]
        replicas = self._replicas(instance)
        self._reader_host = replicas[0].address if replicas else self._host
        self._password = self._password_secret(instance)
        for spec in alarm_specs(args.settings):
            args.alarms.add(
                f"{name}-{spec.name}", spec, {"DBInstanceIdentifier": instance.identifier}, self
            )
        self.register_outputs({"host": self._host})

    def link(self) -> Link:
        """For a client that reads and writes as the one user of the database."""
        return Link(
            self._name,
            environment={
                "DATABASE_HOST": self._host,
                "DATABASE_NAME": USERNAME,
                "DATABASE_PORT": str(PORT),
                "DATABASE_READER_HOST": self._reader_host,
                "DATABASE_TLS": "true",
                "DATABASE_USERNAME": USERNAME,
            },
            secrets={"DATABASE_PASSWORD": self._password},
            endpoints=self._endpoints,
        )

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
            password=self._args.password.value if self._args.password else None,
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

    def _proxy(
        self, instance: aws.rds.Instance, group: aws.ec2.SecurityGroup
    ) -> DatabaseProxy | None:
        if not self._args.settings.proxy:
            return None
        password = self._args.password
        args = DatabaseProxyArgs(
            database_name=self._name,
            instance=instance,
            security_group=group,
            port=PORT,
            username=USERNAME,
            password=password.value if password else None,
            network=self._args.network,
            key_arn=self._args.key_arn,
        )
        return database_proxy(f"{self._name}-proxy", self._context, args, self)

    def _replicas(self, source: aws.rds.Instance) -> list[aws.rds.Instance]:
        count = self._args.settings.read_replicas
        if count == 0:
            return []
        name = f"{self._name}-replica"
        group = security_group(name, self._args.network.vpc_id, "Read replicas", parent=self)
        self._endpoints.append(Endpoint(name, group.id, PORT))
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

    def _password_secret(self, instance: aws.rds.Instance) -> SecretHandle:
        if self._args.password:
            return self._args.password.secret
        arn = instance.master_user_secrets[0]["secret_arn"]
        aws.secretsmanager.SecretRotation(
            f"{self._name}-password",
            secret_id=arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": self._args.settings.rotation_days},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return SecretHandle(
            "secretsmanager", arn, json_value(arn, "password"), "managed", is_external=True
        )

    def _monitoring_role(self) -> iam.ServiceRole:
        return iam.service_role(
            f"{self._name}-monitoring",
            physical_name=f"{self._context.names.platform}-database-monitoring",
            service="monitoring.rds",
            context=self._context,
            statements=[],
            managed_policy="service-role/AmazonRDSEnhancedMonitoringRole",
            parent=self,
        )


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
