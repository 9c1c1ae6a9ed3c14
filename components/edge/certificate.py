"""TLS certificates of ACM, validated by DNS."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws


def request_certificate(
    logical_name: str, host_names: Sequence[str], region: str, parent: pulumi.Resource
) -> aws.acm.Certificate:
    """Makes: acm.Certificate for `host_names` in `region`."""
    first, *others = host_names
    return aws.acm.Certificate(
        logical_name,
        domain_name=first,
        subject_alternative_names=others or None,
        validation_method="DNS",
        region=region,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def validation_records(
    name: str,
    certificate: aws.acm.Certificate,
    host_names: Sequence[str],
    zone_of: Callable[[str], str],
    parent: pulumi.Resource,
) -> list[aws.route53.Record]:
    """Makes: a route53.Record for each name, which validates and renews each certificate of that
    name in this account, in every region; *.example.com has that of example.com.

    Source: AWS Certificate Manager User Guide, "DNS validation"; hashicorp/terraform-provider-aws
    issue 13653.
    """
    bases = dict.fromkeys(host.removeprefix("*.") for host in host_names)
    return [
        _validation_record(f"{name}-validation-{base}", certificate, base, zone_of(base), parent)
        for base in bases
    ]


def validated(
    logical_name: str,
    certificate: aws.acm.Certificate,
    records: Sequence[aws.route53.Record],
    region: str,
) -> pulumi.Output[str]:
    """The ARN of a certificate, known once ACM has validated it.

    Makes: acm.CertificateValidation.
    """
    validation = aws.acm.CertificateValidation(
        logical_name,
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        region=region,
        opts=pulumi.ResourceOptions(parent=certificate),
    )
    return validation.certificate_arn


def _validation_record(
    logical_name: str,
    certificate: aws.acm.Certificate,
    base: str,
    zone_id: str,
    parent: pulumi.Resource,
) -> aws.route53.Record:
    option = certificate.domain_validation_options.apply(
        lambda options: next(
            option for option in options if str(option.domain_name).removeprefix("*.") == base
        )
    )
    return aws.route53.Record(
        logical_name,
        zone_id=zone_id,
        name=option.apply(lambda o: str(o.resource_record_name)),
        type=option.apply(lambda o: str(o.resource_record_type)),
        records=[option.apply(lambda o: str(o.resource_record_value))],
        ttl=300,
        allow_overwrite=True,
        # Not the certificate's child: it outlives the one whose values it was made of.
        opts=pulumi.ResourceOptions(parent=parent),
    )
