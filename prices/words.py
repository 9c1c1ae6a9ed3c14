"""What people call a price: the list has its key, such as `fargate/storage-gb-hour`."""

from __future__ import annotations

import re

SERVICES = {
    "alb": "Application Load Balancer",
    "cloudfront": "CloudFront",
    "cloudwatch": "CloudWatch",
    "efs": "EFS",
    "elasticache": "ElastiCache",
    "fargate": "Fargate",
    "fargate-spot": "Fargate Spot",
    "kms": "KMS",
    "mq": "Amazon MQ",
    "nat": "NAT gateway",
    "rds": "RDS",
    "route53": "Route 53",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "sqs": "SQS",
    "ssm": "Parameter Store",
    "states": "Step Functions",
    "transfer": "data transfer",
    "vpc": "VPC",
    "waf": "WAF",
}
UNITS = {
    "gb-month": "storage",
    "gb-hour": "memory",
    "vcpu-hour": "vCPUs",
    "million-requests": "requests",
    "lcu-hour": "capacity units",
    "gb": "traffic",
    "hour": "",
    "month": "",
}
_LAST = re.compile(rf"(?:(.+?)-)??({'|'.join(UNITS)})")


def in_words(price: str) -> str:
    """`Fargate storage`, `RDS db.r7g.large multi-AZ`; what is words already, as it is."""
    service, *rest = price.split("/")
    if service not in SERVICES:
        return price
    if rest and (last := _LAST.fullmatch(rest[-1])):
        rest[-1] = (last[1] or UNITS[last[2]]).replace("-", " ").replace(" az", "-AZ")
    return " ".join(filter(None, (SERVICES[service], *rest)))
