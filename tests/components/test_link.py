"""Links: what a client gets of its stores, and what it refuses."""

from __future__ import annotations

import pytest

from components.shared import iam
from components.shared.link import Endpoint, Link, LinkConflictError, Sidecar, merge
from components.shared.secret_handle import SecretHandle

PASSWORD = SecretHandle("ssm", "arn:password", "arn:password", "1")
READ = iam.allow(["s3:GetObject"], ["arn:aws:s3:::uploads/*"])
RECEIVE = iam.allow(["sqs:ReceiveMessage"], ["arn:aws:sqs:eu-west-1:123456789012:events"])


def test_a_client_gets_all_that_its_links_name_in_their_order():
    database = Link(
        "database",
        environment={"DATABASE_HOST": "db"},
        secrets={"DATABASE_PASSWORD": PASSWORD},
        endpoints=[Endpoint("database", "sg-1", 5432), Endpoint("database-replica", "sg-2", 5432)],
    )
    uploads = Link("uploads", environment={"UPLOADS_BUCKET": "uploads"}, statements=[READ])
    queue = Link("queue", statements=[RECEIVE], sidecars=[Sidecar("proxy", "image", "1000")])
    merged = merge("service backend", [database, uploads, queue])
    assert merged.environment == {"DATABASE_HOST": "db", "UPLOADS_BUCKET": "uploads"}
    assert merged.secrets == {"DATABASE_PASSWORD": PASSWORD}
    assert merged.statements == [READ, RECEIVE]
    assert [endpoint.security_group_id for endpoint in merged.endpoints] == ["sg-1", "sg-2"]
    assert [sidecar.name for sidecar in merged.sidecars] == ["proxy"]


def test_a_client_without_links_gets_nothing():
    merged = merge("service backend", [])
    assert not merged.environment
    assert not merged.secrets
    assert not merged.statements
    assert not merged.endpoints
    assert not merged.sidecars


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (
            Link("database", environment={"HOST": "a"}),
            Link("cache", environment={"HOST": "b"}),
            "variable HOST",
        ),
        (
            Link("database", environment={"PASSWORD": "a"}),
            Link("cache", secrets={"PASSWORD": PASSWORD}),
            "variable PASSWORD",
        ),
        (
            Link("database", endpoints=[Endpoint("store", "sg-1", 1)]),
            Link("cache", endpoints=[Endpoint("store", "sg-2", 1)]),
            "endpoint store",
        ),
        (
            Link("database", sidecars=[Sidecar("proxy", "a", "1")]),
            Link("cache", sidecars=[Sidecar("proxy", "b", "1")]),
            "sidecar proxy",
        ),
    ],
)
def test_what_comes_from_two_links_is_refused_and_both_are_named(
    first: Link, second: Link, what: str
):
    with pytest.raises(LinkConflictError) as error:
        merge("service backend", [first, second])
    assert str(error.value) == f"service backend: {what} comes from links database and cache."


def test_one_link_that_sets_a_variable_twice_is_refused():
    twice = Link("database", environment={"PASSWORD": "a"}, secrets={"PASSWORD": PASSWORD})
    with pytest.raises(LinkConflictError, match="variable PASSWORD comes from links database and"):
        merge("service backend", [twice])
