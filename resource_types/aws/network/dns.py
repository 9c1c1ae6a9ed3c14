"""Certificates (ACM) and DNS records (Route 53)."""

from __future__ import annotations

import hashlib

from resource_types.model import Creation, ResourceType, Service, arn
from resource_types.refusals import Needed
from resource_types.scope import GLOBAL_REGION, scope


def _validation_options(creation: Creation) -> list[dict[str, str]]:
    others: list[str] = creation.inputs["subjectAlternativeNames"] or []
    names = list(dict.fromkeys([str(creation.inputs["domainName"]), *others]))
    return [_validation_option(domain, creation.account) for domain in names]


def _validation_option(domain: str, account: str) -> dict[str, str]:
    """The same record for each certificate of a name in an account (ACM, "DNS validation")."""
    base = domain.removeprefix("*.")
    digest = hashlib.sha256(f"{account} {base}".encode()).hexdigest()
    return {
        "domainName": domain,
        "resourceRecordName": f"_{digest[:32]}.{base}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{digest[32:63]}.acm-validations.aws.",
    }


TYPES = (
    ResourceType(
        "aws:acm/certificate:Certificate",
        read="acm: DescribeCertificate ListTagsForCertificate",
        write=(
            "acm: RequestCertificate DeleteCertificate UpdateCertificateOptions "
            "AddTagsToCertificate RemoveTagsFromCertificate"
        ),
        replace_on_changes=(
            "domainName validationMethod subjectAlternativeNames keyAlgorithm "
            "certificateAuthorityArn"
        ),
        outputs={
            "arn": arn("acm", "certificate/{uuid}"),
            "domainValidationOptions": _validation_options,
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
        },
        refusals=(
            Needed(
                users={
                    "aws:lb/listener:Listener": "certificateArn",
                    "aws:cloudfront/distribution:Distribution": (
                        "viewerCertificate.acmCertificateArn"
                    ),
                },
                by="arn",
                error="ResourceInUseException: Certificate {arn} is in use.",
                source="ACM API, DeleteCertificate, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:acm/certificateValidation:CertificateValidation",
        read="acm: DescribeCertificate",
        replace_on_changes="certificateArn validationRecordFqdns",
        id="2000-01-01 00:00:00.{number} +0000 UTC",
    ),
    ResourceType(
        "aws:route53/record:Record",
        read="route53: GetHostedZone ListResourceRecordSets GetChange",
        write="route53: ChangeResourceRecordSets",
        replace_on_changes="zoneId name setIdentifier",
        id="{inputs[zoneId]}_{inputs[name]}_{inputs[type]}",
        outputs={"fqdn": "{inputs[name]}"},
    ),
)

_CERTIFICATES = (":certificate/*", f"acm:{GLOBAL_REGION}:{{account}}:certificate/*")
SCOPES = (
    scope("acm: RequestCertificate", "*", when="request_tags"),
    scope("acm: AddTagsToCertificate", *_CERTIFICATES, when="first_tagging"),
    scope(r"acm: (?!Request)\w+", *_CERTIFICATES, when="resource_tags"),
    scope("route53: GetHostedZone", "route53:::hostedzone/*"),
    scope("route53: GetChange", "route53:::change/*"),
    scope("route53: ListHostedZonesByName", "*"),
    scope("route53: ListResourceRecordSets", "route53:::hostedzone/{zone}"),
    scope(
        "route53: ChangeResourceRecordSets", "route53:::hostedzone/{zone}", when="own_dns_records"
    ),
    # On the caller's behalf, Cloud Map creates a private zone, and a VPC endpoint joins AWS's.
    scope("route53: CreateHostedZone", "*", when="via_aws_service"),
    scope(
        "route53: DeleteHostedZone AssociateVPCWithHostedZone",
        "route53:::hostedzone/*",
        when="via_aws_service",
    ),
)
SERVICE = Service("edge", TYPES, scopes=SCOPES)
