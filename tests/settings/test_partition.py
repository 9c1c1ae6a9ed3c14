from __future__ import annotations

import boto3

from settings.partition import REGIONS, partition_of


def test_the_regions_are_those_that_the_aws_sdk_knows():
    known = {
        region
        for partition in ("aws", "aws-cn", "aws-us-gov")
        for region in boto3.session.Session().get_available_regions("ecs", partition)
    }
    assert known == REGIONS
    assert None not in map(partition_of, REGIONS)
