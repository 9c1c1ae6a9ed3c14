"""RDS for PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.database_proxy import DatabaseProxy, DatabaseProxyArgs, database_proxy
from components.data.final_snapshot import final_snapshot
from components.data.managed_secret import managed_secret_arn
from components.network.network import Network
from components.network.security_groups import security_group
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.link import Endpoint, Link
from components.shared.logs import log_group
from components.shared.secret_handle import SecretHandle, json_value
from components.shared.secrets import Password
from settings.stores.database import DatabaseSettings
from settings.stores.windows import MAINTENANCE_WINDOW

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
# RDS returns pending-reboot for a static parameter and for a value that is the family's default, as
# rds.force_ssl is 1 from postgres15 on; the provider compares the method, which is immediate unless
# given (terraform-provider-aws, internal/service/rds/parameter_group.go, parameterHash).
PENDING_REBOOT = frozenset({"rds.force_ssl"})
UPGRADE_WARNING = (
    "plataforma:database.allowMajorVersionUpgrade is true: a higher version in the stack file "
    "upgrades the database at once, and RDS can't undo it. Set it to false after the upgrade. "
    "Step by step: docs/stores.md."
)
LOG_EXPORTS = ("postgresql", "upgrade")
TIMEOUTS = pulumi.CustomTimeouts(create="2h", update="4h", delete="2h")
"""The provider's own, 40, 80 and 60 minutes, are too short to copy a large disk to a replica, to
upgrade a large database or to take its final snapshot."""


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
    Performance Insights, log exports, storage autoscaling, backups), a read replica, the log groups
    that RDS exports to, the rotation of a managed password, enhanced monitoring's role, a security
    group, alarms; and with `proxy` an rds.Proxy with its target group, target, role and security
    group.
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
        if args.settings.allow_major_version_upgrade:
            pulumi.log.warn(UPGRADE_WARNING)
        group = security_group(name, args.network.vpc_id, "PostgreSQL", parent=self)
        self._monitoring = self._monitoring_role()
        instance = self._instance(group)
        proxy = self._proxy(instance, group)
        self._host = proxy.host if proxy else instance.address
        self._endpoints = [proxy.endpoint if proxy else Endpoint(name, group.id, PORT)]
        replica = self._replica(instance) if args.settings.read_replicas else None
        self._reader_host = replica.address if replica else self._host
        self._password = self._password_secret(instance)
        self._add_alarms(name, instance, alarm_specs(args.settings))
        if replica:
            self._add_alarms(f"{name}-replica", replica, replica_alarm_specs(args.settings))
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

    def _add_alarms(self, name: str, instance: aws.rds.Instance, specs: list[AlarmSpec]) -> None:
        dimensions = {"DBInstanceIdentifier": instance.identifier}
        for spec in specs:
            self._args.alarms.add(f"{name}-{spec.name}", spec, dimensions, self)

    @property
    def _applies_immediately(self) -> bool:
        """A major version upgrade changes the parameter group too: until the instance has left the
        old one, RDS refuses to delete it, and the update would fail at its end."""
        settings = self._args.settings
        if settings.allow_major_version_upgrade:
            return True
        if settings.apply_immediately is None:
            return not self._context.is_production
        return settings.apply_immediately

    def _log_groups(self) -> list[pulumi.Resource]:
        """RDS would make them itself, without a key and never to expire (RDS User Guide,
        "Publishing PostgreSQL logs to Amazon CloudWatch Logs")."""
        return [
            log_group(
                f"{self._name}-{export}-log",
                physical_name=f"/aws/rds/instance/{self._context.names.platform}/{export}",
                retention_days=self._args.settings.log_retention_days,
                key_arn=self._args.key_arn,
                parent=self,
            )
            for export in LOG_EXPORTS
        ]

    def _parameter_group(self) -> aws.rds.ParameterGroup:
        return aws.rds.ParameterGroup(
            self._name,
            family=f"postgres{self._args.settings.version.partition('.')[0]}",
            parameters=[
                {
                    "name": key,
                    "value": PARAMETERS[key],
                    "apply_method": "pending-reboot" if key in PENDING_REBOOT else "immediate",
                }
                for key in sorted(PARAMETERS)
            ],
            opts=pulumi.ResourceOptions(parent=self),
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
        parameters = self._parameter_group()
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
            maintenance_window=MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not production,
            deletion_protection=production,
            skip_final_snapshot=not production,
            final_snapshot_identifier=final_snapshot(self._context, parameters.name),
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._args.key_arn,
            performance_insights_retention_period=7,
            monitoring_interval=60,
            monitoring_role_arn=self._monitoring.arn,
            auto_minor_version_upgrade=not settings.keeps_minor_version,
            allow_major_version_upgrade=settings.allow_major_version_upgrade,
            apply_immediately=self._applies_immediately,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self._log_groups(),
                delete_before_replace=True,
                custom_timeouts=TIMEOUTS,
            ),
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

    def _replica(self, source: aws.rds.Instance) -> aws.rds.Instance:
        """A copy: nothing protects it from deletion, so that readReplicas may go back to 0."""
        settings = self._args.settings
        name = f"{self._name}-replica"
        group = security_group(name, self._args.network.vpc_id, "Read replicas", parent=self)
        self._endpoints.append(Endpoint(name, group.id, PORT))
        return aws.rds.Instance(
            f"{name}-1",
            identifier=f"{self._context.names.platform}-replica-1",
            replicate_source_db=source.identifier,
            instance_class=settings.instance_class,
            storage_encrypted=True,
            max_allocated_storage=settings.storage.max_gib,
            parameter_group_name=source.parameter_group_name,
            vpc_security_group_ids=[group.id],
            publicly_accessible=False,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            skip_final_snapshot=True,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=self._args.key_arn,
            performance_insights_retention_period=7,
            monitoring_interval=60,
            monitoring_role_arn=self._monitoring.arn,
            auto_minor_version_upgrade=not settings.keeps_minor_version,
            apply_immediately=self._applies_immediately,
            opts=pulumi.ResourceOptions(
                parent=self, delete_before_replace=True, custom_timeouts=TIMEOUTS
            ),
        )

    def _password_secret(self, instance: aws.rds.Instance) -> SecretHandle:
        if self._args.password:
            return self._args.password.secret
        arn = managed_secret_arn(instance)
        aws.secretsmanager.SecretRotation(
            f"{self._name}-password",
            secret_id=arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": self._args.settings.rotation_days},
            # The secret ends with the instance's use of it, and the provider's deletion fails where
            # it is gone (terraform-provider-aws, internal/service/secretsmanager/
            # secret_rotation.go, resourceSecretRotationDelete).
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
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
    return [
        _cpu(),
        _storage(settings),
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


def replica_alarm_specs(settings: DatabaseSettings) -> list[AlarmSpec]:
    """CPU, storage and lag of the read replica. Lag grows while replication is stopped, and to five
    minutes while nothing is written (RDS User Guide, "Monitoring replication for RDS for PostgreSQL
    read replicas")."""
    return [
        _cpu(),
        _storage(settings),
        AlarmSpec(
            "lag",
            "AWS/RDS",
            "ReplicaLag",
            ">",
            600,
            minutes=5,
            statistic="Maximum",
            meaning="reads are more than ten minutes old",
        ),
    ]


def _cpu() -> AlarmSpec:
    return AlarmSpec(
        "cpu", "AWS/RDS", "CPUUtilization", ">", 80, minutes=15, meaning="CPU above 80 %"
    )


def _storage(settings: DatabaseSettings) -> AlarmSpec:
    return AlarmSpec(
        "storage",
        "AWS/RDS",
        "FreeStorageSpace",
        "<",
        settings.storage.gib * 1024**3 // 10,
        minutes=15,
        meaning="less than a tenth of the first disk size is free",
    )
