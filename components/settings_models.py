"""The stack config as typed models: one class a section, one field a key.

Keys are camelCase in the file and snake_case here. A field's description is what an editor shows,
what the config reference prints and what an error names as allowed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field, GetCoreSchemaHandler, field_validator
from pydantic_core import CoreSchema, core_schema

from components.monitoring_settings import Monitoring
from components.settings_section import Name, Section, VariableName

Percent = Annotated[int, Field(ge=10, le=95, description="Percent, 10 to 95.")]
RetentionDays = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653],
    Field(description="Days that CloudWatch Logs keeps: 1, 3, 5, 7, 14, 30, 60, 90, ... 3653."),
]
REFERENCE_PREFIXES = ("ssm:", "secretsmanager:")
AUTO_OR_CERTIFICATE_ARN = r"^(auto|arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+)$"
Digest = Annotated[
    str,
    Field(pattern=r"^sha256:[0-9a-f]{64}$", description="An image digest: sha256: and 64 hex."),
]


SubnetIds = Annotated[
    tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")], ...],
    Field(min_length=2, description="Ids of subnets in two zones or more, e.g. [subnet-0a1b2c3d]."),
]


class ExistingNetwork(Section):
    """A VPC that someone else makes and keeps, e.g. another stack of this project."""

    vpc_id: str = Field(pattern=r"^vpc-[0-9a-f]{8,17}$", description="The VPC, e.g. vpc-0a1b2c3d.")
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds
    isolated_subnet_ids: SubnetIds


class Network(Section):
    """The VPC: address range, zones, ways out."""

    cidr: str = Field(
        default="10.0.0.0/16",
        description="Private IPv4 range of the VPC, /16 to /23 (three zones), e.g. 10.20.0.0/16.",
    )
    azs: int = Field(default=3, ge=2, le=4, description="Availability Zones, 2 to 4.")
    nat: Literal["none", "single", "per-az"] = Field(
        default="single",
        description="NAT gateways: none (tasks get public addresses), single, or per-az.",
    )
    endpoints: tuple[
        Literal[
            "ecr.api",
            "ecr.dkr",
            "ecs",
            "kms",
            "logs",
            "monitoring",
            "secretsmanager",
            "sns",
            "sqs",
            "ssm",
            "ssmmessages",
            "sts",
            "xray",
        ],
        ...,
    ] = Field(
        default=(),
        description="Interface endpoints by service, e.g. [logs, secretsmanager]; S3 always has a "
        "gateway endpoint.",
    )
    flow_log_retention_days: RetentionDays = 30
    existing: ExistingNetwork | None = Field(
        default=None,
        description="A VPC to use in place of an own one; cidr and nat then say what it has, and "
        "azs, endpoints and flowLogRetentionDays are its owner's.",
    )


class Storage(Section):
    """Disk of the database; it grows by itself up to the maximum."""

    gib: int = Field(default=20, ge=20, le=65536, description="GiB at creation, 20 to 65536.")
    max_gib: int = Field(
        default=100, ge=20, le=65536, description="GiB that storage autoscaling may reach."
    )


class Backups(Section):
    """Automated backups with point-in-time recovery."""

    retention_days: int = Field(default=7, ge=1, le=35, description="Days kept, 1 to 35.")
    window: str = Field(
        default="03:00-04:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="UTC window hh:mm-hh:mm, 30 minutes at least.",
    )


class Database(Section):
    """RDS for PostgreSQL."""

    version: str = Field(
        default="17",
        pattern=r"^1[4-8](\.\d+)?$",
        description='PostgreSQL version in quotes: "14" to "18", or with a minor, "17.5".',
    )
    instance_class: str = Field(
        default="db.t4g.medium",
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="DB instance class, e.g. db.t4g.medium or db.r7g.large.",
    )
    storage: Storage = Field(default=Storage(), description="Disk size in GiB.")
    multi_az: bool = Field(default=False, description="A standby in a second zone: true or false.")
    read_replicas: int = Field(
        default=0, ge=0, le=5, description="Read replicas, 0 to 5; needs password: <secret name>."
    )
    backups: Backups = Field(default=Backups(), description="Automated backups.")
    proxy: bool = Field(default=False, description="An RDS Proxy before the database.")
    password: str = Field(
        default="managed",
        pattern=r"^(managed|[A-Z][A-Z0-9_]*)$",
        description="managed (RDS keeps and rotates the master password in Secrets Manager), or "
        "the name of an encrypted value under plataforma:secrets.",
    )
    rotation_days: int = Field(
        default=30, ge=1, le=365, description="Days between rotations of a managed password."
    )


class Cache(Section):
    """ElastiCache, not clustered, with `noeviction`: BullMQ's queues live here."""

    engine: Literal["redis", "valkey"] = Field(default="valkey", description="redis or valkey.")
    version: str = Field(
        default="8.0",
        pattern=r"^[78]\.\d$",
        description='Engine version in quotes: redis "7.0" or "7.1"; valkey "7.2" to "8.2".',
    )
    node_type: str = Field(
        default="cache.t4g.small",
        pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$",
        description="Node type, e.g. cache.t4g.small or cache.r7g.large.",
    )
    replicas: int = Field(
        default=0, ge=0, le=5, description="Replicas beside the primary, 0 to 5; 1 fails over."
    )
    queues: tuple[Name, ...] = Field(
        default=(), description="BullMQ queues kept here, for services that scale by them."
    )
    snapshot_retention_days: int = Field(
        default=1, ge=0, le=35, description="Daily snapshots kept, 0 to 35 (0: none)."
    )
    password: VariableName = Field(
        default="REDIS_PASSWORD",
        description="The name of the encrypted value under plataforma:secrets used as AUTH token.",
    )


class Broker(Section):
    """Events between services: Amazon MQ for RabbitMQ, or SQS. Applications see the same names."""

    kind: Literal["rabbitmq", "sqs"] = Field(default="sqs", description="rabbitmq or sqs.")
    queues: tuple[Name, ...] = Field(
        default=(), description="Queue names; each gets a dead-letter queue <name>-dlq."
    )
    version: str = Field(
        default="3.13", pattern=r"^\d\.\d+$", description='RabbitMQ version in quotes, e.g. "3.13".'
    )
    instance_type: str = Field(
        default="mq.m7g.medium",
        pattern=r"^mq\.[a-z0-9]+\.[a-z0-9]+$",
        description="Amazon MQ instance type, e.g. mq.m7g.medium.",
    )
    deployment: Literal["single", "cluster"] = Field(
        default="single", description="single (one node) or cluster (three nodes, three zones)."
    )
    password: VariableName = Field(
        default="BROKER_PASSWORD",
        description="The name of the encrypted value under plataforma:secrets (rabbitmq only).",
    )
    visibility_timeout_seconds: int = Field(
        default=60, ge=0, le=43200, description="SQS: seconds a received message stays hidden."
    )
    max_receives: int = Field(
        default=5, ge=1, le=1000, description="SQS: deliveries before the dead-letter queue."
    )


class Waf(Section):
    """AWS WAF before the load balancer or the distribution."""

    enabled: bool = Field(default=True, description="true or false.")
    requests_per_five_minutes: int = Field(
        default=2000, ge=10, le=2_000_000_000, description="Rate limit by client address, from 10."
    )


class Cdn(Section):
    """CloudFront; the load balancer is then internal and can't be reached around it."""

    enabled: bool = Field(default=False, description="true or false.")
    certificate: str = Field(
        default="auto",
        pattern=AUTO_OR_CERTIFICATE_ARN,
        description="auto (made and validated by DNS) or an ACM certificate's ARN in us-east-1.",
    )
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = Field(
        default="PriceClass_100", description="PriceClass_100, PriceClass_200 or PriceClass_All."
    )


class Edge(Section):
    """What the internet meets: load balancer, TLS, WAF, CloudFront."""

    certificate: str = Field(
        default="auto",
        pattern=AUTO_OR_CERTIFICATE_ARN,
        description="auto (made and validated by DNS) or an ACM certificate's ARN in the region.",
    )
    waf: Waf = Field(default=Waf(), description="AWS WAF.")
    cdn: Cdn = Field(default=Cdn(), description="CloudFront.")
    access_log_days: int = Field(
        default=90, ge=1, le=3650, description="Days that access logs stay in S3, 1 to 3650."
    )


class Images(Section):
    """Where images come from: exactly one of build, promote and digests."""

    registry: str = Field(
        pattern=r"^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+$",
        description="Registry and path before an image's name, e.g. ghcr.io/acme/plataforma.",
    )
    build: bool = Field(default=False, description="Build images/Dockerfile.<image> and push it.")
    promote: str | None = Field(
        default=None, min_length=1, description="Deploy the digests that this other stack deployed."
    )
    digests: dict[Name, Digest] = Field(
        default_factory=dict[str, str], description="Image name to digest, to deploy just these."
    )
    pull_secret: VariableName | None = Field(
        default=None,
        description="The name of a Secrets Manager secret under plataforma:secrets holding "
        '{"username": ..., "password": ...} for a private registry.',
    )


class Cluster(Section):
    """The ECS cluster."""

    exec: bool = Field(default=False, description="ECS Exec for all services, logged: true/false.")
    container_insights: Literal["disabled", "enabled", "enhanced"] = Field(
        default="enabled",
        description="disabled, enabled or enhanced; scaling by queue needs one of the last two.",
    )


class Alarms(Section):
    """Who is told when an alarm fires, and when it ends."""

    emails: tuple[
        Annotated[
            str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="An e-mail address.")
        ],
        ...,
    ] = Field(default=(), description="E-mail addresses; each confirms its subscription once.")
    webhooks: tuple[
        Annotated[str, Field(pattern=r"^https://\S+$", description="An https:// address.")], ...
    ] = Field(default=(), description="https:// addresses that SNS posts to.")


class Migrations(Section):
    """A one-off task with the image, network and secrets of a service."""

    service: Name = Field(default="backend", description="The service whose image it runs.")
    command: tuple[str, ...] = Field(
        default=("node", "dist/migrate.js"), min_length=1, description="Command and arguments."
    )


class InlineValue(str):
    """A decrypted value of the stack file. It never shows itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[secret]"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    def as_output(self) -> pulumi.Output[str]:
        return pulumi.Output.secret(str(self))


class Secret(Section):
    """One secret: an encrypted value of the stack file, or a reference to one that ops keep.

    In the file a secret may also be written short: a `secure:` value, or the reference alone.
    """

    value: InlineValue | None = Field(
        default=None, description="An encrypted value (secure: ...), written by `make secret`."
    )
    store: Literal["ssm", "secretsmanager"] = Field(
        default="ssm", description="Where an encrypted value is put: ssm or secretsmanager."
    )
    ref: str | None = Field(
        default=None,
        pattern=r"^(ssm:/[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@!-]+(#[A-Za-z0-9_-]+)?)$",
        description="ssm:/path/of/parameter, or secretsmanager:name with an optional #jsonKey.",
    )
    revision: int = Field(
        default=1, ge=1, description="Raise it when the referenced value changed, to roll tasks."
    )


class Health(Section):
    """Health checks and draining. The defaults let a rolling deploy wait well under two minutes."""

    path: str = Field(default="/healthz", pattern=r"^/\S*$", description="HTTP path, e.g. /readyz.")
    interval_seconds: int = Field(default=5, ge=5, le=300, description="5 to 300.")
    timeout_seconds: int = Field(
        default=4, ge=2, le=120, description="2 to 120, below the interval."
    )
    healthy_threshold: int = Field(default=2, ge=2, le=10, description="2 to 10 checks.")
    unhealthy_threshold: int = Field(default=3, ge=2, le=10, description="2 to 10 checks.")
    grace_period_seconds: int = Field(
        default=30, ge=0, le=3600, description="Seconds in which ECS ignores a new task's checks."
    )
    deregistration_delay_seconds: int = Field(
        default=30, ge=0, le=3600, description="Seconds for requests in flight, 0 to 3600."
    )
    command: tuple[str, ...] = Field(
        default=(), description="Container health check, e.g. [CMD, /nodejs/bin/node, health.js]."
    )


class Route(Section):
    """What the load balancer sends to the service."""

    paths: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^/[A-Za-z0-9_.$/~\"'@:+&*?-]*$",
                max_length=128,
                description="A path pattern: / first, * and ? as wildcards, 128 at most.",
            ),
        ],
        ...,
    ] = Field(default=(), description='Path patterns, e.g. ["/api/*"]; "/*" is what is left over.')
    hosts: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^[a-z0-9*?-]+(\.[a-z0-9*?-]+)+$",
                max_length=128,
                description="A host name, * and ? as wildcards.",
            ),
        ],
        ...,
    ] = Field(default=(), description="Host names, e.g. [admin.example.com].")
    priority: int | None = Field(
        default=None, ge=1, le=50000, description="Listener rule priority; default: by specificity."
    )


class QueueScaling(Section):
    """Tasks for a queue: backlog per task = acceptable latency / time of one job."""

    name: Name = Field(
        description="A queue of plataforma:cache.queues or plataforma:broker.queues."
    )
    acceptable_latency_seconds: float = Field(
        gt=0, le=86400, description="Seconds that a job may wait before it starts."
    )
    average_job_seconds: float = Field(gt=0, le=86400, description="Seconds that one job takes.")


class Schedule(Section):
    """A change of the scaling range at set times."""

    at: str = Field(
        pattern=r"^(cron\(([^\s()]+ ){5}[^\s()]+\)|rate\(\d+ (minute|hour|day)s?\)|"
        r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\))$",
        description="cron(minute hour day month weekday year), rate(n hours) or at(timestamp).",
    )
    timezone: str = Field(default="UTC", description="IANA name, e.g. America/Sao_Paulo.")
    min: int = Field(ge=0, le=1000, description="Tasks, 0 to 1000.")
    max: int = Field(ge=1, le=1000, description="Tasks, 1 to 1000.")


class Scaling(Section):
    """Application Auto Scaling of the service: the range, and what moves it."""

    min: int = Field(default=1, ge=0, le=1000, description="Tasks, 0 to 1000; 0 needs a queue.")
    max: int = Field(default=4, ge=1, le=1000, description="Tasks, 1 to 1000.")
    cpu: Percent | None = Field(default=None, description="Target CPU in percent, 10 to 95.")
    memory: Percent | None = Field(default=None, description="Target memory in percent, 10 to 95.")
    requests_per_target: int | None = Field(
        default=None, ge=1, description="Target requests a minute for each task."
    )
    queue: QueueScaling | None = Field(default=None, description="Scale by a queue's backlog.")
    schedules: tuple[Schedule, ...] = Field(default=(), description="Scheduled ranges.")
    scale_in_cooldown_seconds: int = Field(default=300, ge=0, le=3600, description="0 to 3600.")
    scale_out_cooldown_seconds: int = Field(default=60, ge=0, le=3600, description="0 to 3600.")


class Rollout(Section):
    """How a new task definition replaces the old one."""

    strategy: Literal["rolling", "codedeploy", "blue-green"] = Field(
        default="rolling",
        description="rolling, codedeploy (blue/green run by CodeDeploy) or blue-green (by ECS).",
    )
    shift: Literal["all-at-once", "canary", "linear"] = Field(
        default="all-at-once", description="How traffic moves: all-at-once, canary or linear."
    )
    percent: int = Field(
        default=10, ge=3, le=50, description="Canary's share or linear step, percent, 3 to 50."
    )
    step_minutes: int = Field(
        default=5, ge=1, le=1440, description="Minutes between steps, 1 to 1440."
    )
    bake_minutes: int = Field(
        default=5, ge=0, le=1440, description="Minutes that the old tasks stay after the shift."
    )


class Service(Section):
    """One service on Fargate. A port and a route make it a web service; neither, a worker."""

    image: str = Field(
        pattern=r"^([a-z](-?[a-z0-9])*|\S+/\S+@sha256:[0-9a-f]{64})$",
        description="A short name (images/Dockerfile.<name>), or a full reference with @sha256:.",
    )
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(
        default=256, description="CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384."
    )
    memory: int = Field(default=512, description="MiB, from the sizes Fargate has beside the cpu.")
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="arm64 or x86_64."
    )
    user: str = Field(
        default="1000",
        pattern=r"^[1-9]\d*(:\d+)?$",
        description='Numeric user of the container in quotes, not 0, e.g. "1000".',
    )
    port: int | None = Field(
        default=None, ge=1024, le=65535, description="Port the container listens on, from 1024."
    )
    route: Route | None = Field(default=None, description="What the load balancer sends here.")
    health: Health = Field(default=Health(), description="Health checks and draining.")
    command: tuple[str, ...] = Field(default=(), description="Instead of the image's command.")
    environment: dict[VariableName, str] = Field(
        default_factory=dict[str, str],
        description="Variables in plain text: names in upper case, values in quotes.",
    )
    secrets: tuple[VariableName, ...] = Field(
        default=(), description="Names under plataforma:secrets, given as variables of that name."
    )
    database: bool = Field(default=False, description="May reach the database: true or false.")
    cache: bool = Field(default=False, description="May reach the cache: true or false.")
    publishes: tuple[Name, ...] = Field(default=(), description="Broker queues it sends to.")
    consumes: tuple[Name, ...] = Field(default=(), description="Broker queues it reads.")
    spot_share: int = Field(
        default=0, ge=0, le=100, description="Percent of tasks on Fargate Spot, 0 to 100."
    )
    stop_timeout_seconds: int = Field(
        default=30, ge=2, le=120, description="Seconds from SIGTERM to SIGKILL, 2 to 120."
    )
    log_driver: Literal["awslogs", "awsfirelens"] = Field(
        default="awslogs",
        description="awslogs (to CloudWatch), or awsfirelens (Fluent Bit beside the container, to "
        "Loki and to CloudWatch; needs monitoring.mode: self-hosted).",
    )
    log_retention_days: RetentionDays = 30
    metrics_port: int | None = Field(
        default=None,
        ge=1024,
        le=65535,
        description="Port of GET /metrics, which Prometheus asks, e.g. 9464; default: none.",
    )
    scaling: Scaling = Field(default=Scaling(), description="Range and targets.")
    rollout: Rollout = Field(default=Rollout(), description="How a new version replaces the old.")

    @property
    def is_public(self) -> bool:
        return self.route is not None

    @field_validator("environment")
    @classmethod
    def _no_empty_values(cls, environment: dict[str, str]) -> dict[str, str]:
        empty = sorted(name for name, value in environment.items() if not value)
        if empty:
            raise ValueError(
                f"{', '.join(empty)} is empty; ECS drops empty variables: leave it out"
            )
        return environment


class Settings(Section):
    """A whole stack's config, checked."""

    environment: str = Field(
        pattern=r"^[a-z][a-z0-9]{1,9}$",
        description="Short name, e.g. staging or prod: 2 to 10 lower-case letters and digits.",
    )
    region: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region, e.g. eu-west-1."
    )
    account: str = Field(
        pattern=r"^\d{12}$", description="The one AWS account allowed: 12 digits in quotes."
    )
    domain: str = Field(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Host name that users open, e.g. app.example.com.",
    )
    zone: str = Field(
        pattern=r"^Z[A-Z0-9]{5,31}$", description="Id of the Route 53 hosted zone of the domain."
    )
    permissions_boundary: str | None = Field(
        default=None,
        pattern=r"^[\w+=,.@-]{1,128}$",
        description="Name of the IAM policy that bounds the stack's roles: plataforma-boundary, "
        "which bootstrap/ makes. Its deploy roles make no role without it.",
    )
    network: Network = Field(default=Network(), description="VPC.")
    database: Database = Field(default=Database(), description="RDS for PostgreSQL.")
    cache: Cache = Field(default=Cache(), description="ElastiCache.")
    broker: Broker = Field(default=Broker(), description="Amazon MQ or SQS.")
    edge: Edge = Field(default=Edge(), description="Load balancer, TLS, WAF, CloudFront.")
    images: Images = Field(description="Where images come from.")
    cluster: Cluster = Field(default=Cluster(), description="The ECS cluster.")
    alarms: Alarms = Field(default=Alarms(), description="Who is told.")
    monitoring: Monitoring = Field(
        default=Monitoring(), description="Prometheus, Alertmanager, Grafana, Loki."
    )
    migrations: Migrations = Field(default=Migrations(), description="The migration task.")
    secrets: dict[VariableName, Secret] = Field(
        default_factory=dict[str, Secret], description="Secrets by the variable name they get."
    )
    services: dict[Name, Service] = Field(min_length=1, description="Services by name.")

    @property
    def is_production(self) -> bool:
        return self.environment == "prod"

    @property
    def partition(self) -> str:
        """The AWS partition of the region, as ARNs name it."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
