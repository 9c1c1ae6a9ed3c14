"""Quotas of the account (Service Quotas). Only an administrator asks for them, in bootstrap/."""

from __future__ import annotations

from resource_types.model import ResourceType, Service, arn

TYPES = (
    ResourceType(
        "aws:servicequotas/serviceQuota:ServiceQuota",
        replace_on_changes="quotaCode serviceCode",
        id="{inputs[serviceCode]}/{inputs[quotaCode]}",
        outputs={
            "arn": arn("servicequotas", "{inputs[serviceCode]}/{inputs[quotaCode]}"),
            "adjustable": True,
            "defaultValue": 6,
            "quotaName": "{inputs[quotaCode]}",
            "requestId": "{hex32}",
            "requestStatus": "PENDING",
            "serviceName": "{inputs[serviceCode]}",
        },
    ),
)
SERVICE = Service("quotas", TYPES)
