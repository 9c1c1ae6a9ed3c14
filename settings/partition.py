"""The AWS partition of a region, as ARNs name it."""

from __future__ import annotations

import re

# The expressions of botocore's partitions.json.
_REGIONS = {
    "aws": r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+",
    "aws-cn": r"cn-\w+-\d+",
    "aws-us-gov": r"us-gov-\w+-\d+",
}


def partition_of(region: str) -> str | None:
    """None for a region of a partition that is not supported."""
    return next((name for name, form in _REGIONS.items() if re.fullmatch(form, region)), None)
