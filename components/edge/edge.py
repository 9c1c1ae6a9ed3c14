"""What clients on the internet connect to: DNS, TLS, WAF, load balancer, CloudFront."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.edge.cdn import HOSTED_ZONE, Cdn, CdnArgs
from components.edge.certificate import request_certificate, validated, validation_records
from components.edge.maintenance import answer_for_maintenance
from components.edge.replacement import SCHEME, refuse_replacement_while_protected, scheme
from components.edge.waf import Waf, WafArgs
from components.network.network import Network
from components.network.security_groups import security_group
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.bucket import PrivateBucket, PrivateBucketArgs, bucket_arn
from components.shared.context import Context
from settings.network.edge import NO_SERVICE, EdgeSettings
from settings.network.zones import further_zone
from settings.service import routing
from settings.service.route import Route

# TLS 1.3 with 1.2 for older clients (Elastic Load Balancing, "Security policies").
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
TEST_PORT, PLAIN_TEST_PORT = 8443, 8080
ACCESS_LOGS = "access-logs"


@dataclass(frozen=True)
class Hosts:
    """The names that clients open: the domain, then the services' own. They get records in their
    zone: `zone_ids` by its name, else the domain's, `zone_id`."""

    names: Sequence[str]
    zone_id: str
    zone_ids: Mapping[str, str] = field(default_factory=dict[str, str])

    def zone_of(self, host: str) -> str:
        name = further_zone(host, self.zone_ids)
        return self.zone_ids[name] if name else self.zone_id


@dataclass(frozen=True)
class EdgeArgs:
    """`hosts` is None without a domain. `behind_cdn` says whether CloudFront is in front;
    `uncached_paths` are path patterns that it does not cache; `large_body_routes` the routes to
    which WAF lets large bodies through; `test_listener` says whether a rollout needs a listener for
    its new tasks."""

    settings: EdgeSettings
    network: Network
    hosts: Hosts | None
    behind_cdn: bool
    uncached_paths: Sequence[str]
    large_body_routes: Sequence[Route]
    test_listener: bool
    key_arn: pulumi.Input[str]
    alarms: Alarms


class Edge(pulumi.ComponentResource):
    """The edge of one stack.

    Makes: lb.LoadBalancer with its security group and access logs, the HTTPS listener, the redirect
    from 80, certificates, route53.Records, alarms; and where the settings ask for it a test
    listener on 8443, Waf, Cdn, lb.ListenerRules of redirects and of maintenance. Without a domain
    there is nothing that a certificate could name: clients connect by HTTPS to CloudFront's own
    name, and CloudFront by HTTP, inside the VPC, to the internal load balancer.
    """

    host: pulumi.Input[str]
    """The name that clients open: the domain, or CloudFront's own."""
    listener_arn: pulumi.Output[str]
    test_listener_arn: pulumi.Output[str] | None
    security_group_id: pulumi.Output[str]
    load_balancer_arn_suffix: pulumi.Output[str]
    proxies: int
    """How many proxies in front of a service add to X-Forwarded-For."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: EdgeArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:edge:Edge", name, None, opts)
        self._name, self._context, self._args = name, context, args
        self._behind_cdn = args.behind_cdn
        self._validation_records: list[aws.route53.Record] = []
        self.proxies = 2 if self._behind_cdn else 1
        group = self._security_group()
        load_balancer = self._load_balancer(group)
        listener = self._listeners(load_balancer)
        self._redirect(load_balancer)
        self._redirect_hosts(listener)
        if args.settings.maintenance.enabled:
            answer_for_maintenance(name, listener, args.settings.maintenance)
        self.security_group_id = group.id
        self.load_balancer_arn_suffix = load_balancer.arn_suffix
        acl_arn = self._waf(load_balancer)
        target, target_zone = load_balancer.dns_name, load_balancer.zone_id
        if self._behind_cdn:
            target, target_zone = self._cdn(load_balancer, listener, acl_arn), HOSTED_ZONE
        if args.hosts:
            self._dns(args.hosts, target, target_zone)
        self.host = args.hosts.names[0] if args.hosts else target
        dimensions = {"LoadBalancer": load_balancer.arn_suffix}
        for spec in ALARMS:
            args.alarms.add(f"{name}-{spec.name}", spec, dimensions, self)
        self.register_outputs({"loadBalancer": load_balancer.dns_name})

    def _certificate(
        self, setting: str, logical_name: str, region: str
    ) -> pulumi.Input[str] | None:
        """`setting` is the ARN of a certificate, or auto for one that is made here. Without a
        domain there is none."""
        hosts = self._args.hosts
        if hosts is None:
            return None
        if setting != "auto":
            return setting
        certificate = request_certificate(logical_name, hosts.names, region, self)
        if not self._validation_records:
            self._validation_records = validation_records(
                self._name, certificate, hosts.names, hosts.zone_of, self
            )
        return validated(logical_name, certificate, self._validation_records, region)

    def _listeners(self, load_balancer: aws.lb.LoadBalancer) -> aws.lb.Listener:
        """The listeners have other names without TLS: after the domain is added, both are there
        until CloudFront and the rules have moved to the new one."""
        settings, region = self._args.settings, self._context.region
        certificate_arn = self._certificate(settings.certificate, self._name, region)
        name, port, test_port = self._name, 443, TEST_PORT
        if certificate_arn is None:
            name, port, test_port = f"{self._name}-http", 80, PLAIN_TEST_PORT
        listener = self._listener(name, load_balancer, certificate_arn, port)
        self.listener_arn = listener.arn
        self.test_listener_arn = None
        if self._args.test_listener:
            test = self._listener(f"{name}-test", load_balancer, certificate_arn, test_port)
            self.test_listener_arn = test.arn
        return listener

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = security_group(
            self._name,
            self._args.network.vpc_id,
            "Load balancer",
            parent=self,
            tags={SCHEME: scheme(internal=self._behind_cdn)},
            hooks=refuse_replacement_while_protected(self._context.names.platform, self),
        )
        if self._behind_cdn:
            # One rule for HTTP and HTTPS, whichever listener there is, as both are while a first
            # domain comes: the prefix list counts as 55 of a group's 60 rules (Amazon VPC User
            # Guide, "AWS-managed prefix list weight").
            addresses = self._cloudfront_addresses()
            name = f"{self._name}-from-cloudfront"
            self._ingress(group, name, (80, 443), prefix_list_id=addresses)
        else:
            self._ingress(group, f"{self._name}-https", (443, 443), "0.0.0.0/0")
            self._ingress(group, f"{self._name}-http", (80, 80), "0.0.0.0/0")
        if self._args.test_listener:
            name, port = f"{self._name}-test", TEST_PORT
            if self._args.hosts is None:
                name, port = f"{self._name}-http-test", PLAIN_TEST_PORT
            self._ingress(group, name, (port, port), self._args.network.cidr)
        return group

    def _ingress(
        self,
        group: aws.ec2.SecurityGroup,
        logical_name: str,
        ports: tuple[int, int],
        cidr: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
    ) -> None:
        """From the first of `ports` to the second."""
        aws.vpc.SecurityGroupIngressRule(
            logical_name,
            security_group_id=group.id,
            cidr_ipv4=cidr,
            prefix_list_id=prefix_list_id,
            ip_protocol="tcp",
            from_port=ports[0],
            to_port=ports[1],
            description=logical_name,
            opts=pulumi.ResourceOptions(parent=group),
        )

    def _cloudfront_addresses(self) -> pulumi.Output[str]:
        return aws.ec2.get_managed_prefix_list_output(
            name="com.amazonaws.global.cloudfront.origin-facing",
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).id

    def _load_balancer(self, group: aws.ec2.SecurityGroup) -> aws.lb.LoadBalancer:
        network = self._args.network
        logs = PrivateBucket(
            f"{self._name}-{ACCESS_LOGS}",
            self._context,
            PrivateBucketArgs(
                purpose=ACCESS_LOGS,
                expiration_days=self._args.settings.access_log_days,
                statements=[log_delivery(bucket_arn(ACCESS_LOGS, self._context), self._context)],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return aws.lb.LoadBalancer(
            self._name,
            name=self._context.names.platform,
            load_balancer_type="application",
            internal=self._behind_cdn,
            subnets=network.private_subnet_ids if self._behind_cdn else network.public_subnet_ids,
            security_groups=[group.id],
            idle_timeout=self._args.settings.idle_timeout_seconds,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=self._context.is_production,
            access_logs={"bucket": logs.bucket, "enabled": True},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _listener(
        self,
        logical_name: str,
        load_balancer: aws.lb.LoadBalancer,
        certificate_arn: pulumi.Input[str] | None,
        port: int,
    ) -> aws.lb.Listener:
        """Requests that no service's rule matches get a 404."""
        return aws.lb.Listener(
            logical_name,
            load_balancer_arn=load_balancer.arn,
            port=port,
            protocol="HTTPS" if certificate_arn else "HTTP",
            ssl_policy=TLS_POLICY if certificate_arn else None,
            certificate_arn=certificate_arn,
            default_actions=[
                {
                    "type": "fixed-response",
                    "fixed_response": {
                        "content_type": "text/plain",
                        "message_body": NO_SERVICE,
                        "status_code": "404",
                    },
                }
            ],
            opts=pulumi.ResourceOptions(parent=load_balancer),
        )

    def _redirect(self, load_balancer: aws.lb.LoadBalancer) -> None:
        if self._behind_cdn:
            return
        aws.lb.Listener(
            f"{self._name}-redirect",
            load_balancer_arn=load_balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
                }
            ],
            opts=pulumi.ResourceOptions(parent=load_balancer),
        )

    def _redirect_hosts(self, listener: aws.lb.Listener) -> None:
        for source, target in self._args.settings.redirects.items():
            aws.lb.ListenerRule(
                f"{self._name}-redirect-{source}",
                listener_arn=listener.arn,
                priority=routing.redirect_priority(source),
                conditions=[{"host_header": {"values": [source]}}],
                actions=[
                    {
                        "type": "redirect",
                        "redirect": {
                            "host": target,
                            "path": "/#{path}",
                            "query": "#{query}",
                            "port": "443",
                            "protocol": "HTTPS",
                            "status_code": "HTTP_301",
                        },
                    }
                ],
                opts=pulumi.ResourceOptions(parent=listener),
            )

    def _waf(self, load_balancer: aws.lb.LoadBalancer) -> pulumi.Output[str] | None:
        """The web ACL's ARN, which CloudFront refers to; a load balancer is associated with it."""
        settings = self._args.settings.waf
        if not settings.enabled:
            return None
        args = WafArgs(
            settings=settings,
            large_body_routes=self._args.large_body_routes,
            scope="CLOUDFRONT" if self._behind_cdn else "REGIONAL",
            key_arn=self._args.key_arn,
        )
        waf = Waf(f"{self._name}-waf", self._context, args, pulumi.ResourceOptions(parent=self))
        if not self._behind_cdn:
            aws.wafv2.WebAclAssociation(
                f"{self._name}-waf",
                resource_arn=load_balancer.arn,
                web_acl_arn=waf.arn,
                opts=pulumi.ResourceOptions(parent=waf),
            )
        return waf.arn

    def _cdn(
        self,
        load_balancer: aws.lb.LoadBalancer,
        listener: aws.lb.Listener,
        acl_arn: pulumi.Input[str] | None,
    ) -> pulumi.Output[str]:
        settings = self._args.settings.cdn
        certificate = self._certificate(settings.certificate, f"{self._name}-cdn", "us-east-1")
        args = CdnArgs(
            settings=settings,
            host_names=self._args.hosts.names if self._args.hosts else (),
            uncached_paths=self._args.uncached_paths,
            certificate_arn=certificate,
            load_balancer=load_balancer,
            listener=listener,
            idle_timeout_seconds=self._args.settings.idle_timeout_seconds,
            web_acl_arn=acl_arn,
        )
        cdn = Cdn(f"{self._name}-cdn", self._context, args, pulumi.ResourceOptions(parent=self))
        return cdn.domain_name

    def _dns(self, hosts: Hosts, target: pulumi.Input[str], target_zone: pulumi.Input[str]) -> None:
        record_types = ("A", "AAAA") if self._behind_cdn else ("A",)
        for host in hosts.names:
            for record_type in record_types:
                aws.route53.Record(
                    f"{self._name}-{host}-{record_type}",
                    zone_id=hosts.zone_of(host),
                    name=host,
                    type=record_type,
                    aliases=[
                        {
                            "name": target,
                            "zone_id": target_zone,
                            "evaluate_target_health": not self._behind_cdn,
                        }
                    ],
                    opts=pulumi.ResourceOptions(parent=self),
                )


def log_delivery(bucket: str, context: Context) -> iam.Statement:
    """Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer". A
    load balancer of another account writes below that account's number."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket}/AWSLogs/{context.account}/*",
    }


ALARMS = (
    AlarmSpec(
        "5xx",
        "AWS/ApplicationELB",
        "HTTPCode_ELB_5XX_Count",
        ">",
        25,
        minutes=5,
        statistic="Sum",
        missing="notBreaching",
        meaning="the load balancer itself answers with errors: no target was there to answer",
    ),
)
