"""TLS certificates of ACM, validated by DNS."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def validated_certificate(
    logical_name: str,
    *,
    host_names: Sequence[str],
    zone_id: str,
    region: str,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """The ARN of a certificate for `host_names` in `region`, known once ACM has validated it.

    Makes: acm.Certificate, a route53.Record for each name, acm.CertificateValidation.
    """
    first, *others = host_names
    certificate = aws.acm.Certificate(
        logical_name,
        domain_name=first,
        subject_alternative_names=others or None,
        validation_method="DNS",
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    records = [
        _validation_record(f"{logical_name}-{host}", certificate, host, zone_id)
        for host in host_names
    ]
    validation = aws.acm.CertificateValidation(
        logical_name,
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        region=region,
        opts=pulumi.ResourceOptions(parent=certificate),
    )
    return validation.certificate_arn


def _validation_record(
    logical_name: str, certificate: aws.acm.Certificate, host: str, zone_id: str
) -> aws.route53.Record:
    option = certificate.domain_validation_options.apply(
        lambda options: next(option for option in options if option.domain_name == host)
    )
    return aws.route53.Record(
        logical_name,
        zone_id=zone_id,
        name=option.apply(lambda o: str(o.resource_record_name)),
        type=option.apply(lambda o: str(o.resource_record_type)),
        records=[option.apply(lambda o: str(o.resource_record_value))],
        ttl=300,
        allow_overwrite=True,
        opts=pulumi.ResourceOptions(parent=certificate),
    )
