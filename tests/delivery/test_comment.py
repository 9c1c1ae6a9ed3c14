"""The comment that a pull request gets. `UPDATE_GOLDEN=1` writes the golden files again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.commands.comment import MARKER
from delivery.previews import cli
from delivery.previews.comment_body import LIMIT, body
from simulation import protocol
from tests.delivery.cli_previews import cli_preview, step
from tests.delivery.stack import Run, run

HERE = Path(__file__).parent
GITHUBS_LIMIT = 65_536
TASK = "aws:ecs/taskDefinition:TaskDefinition"
DATABASE = "aws:rds/instance:Instance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PARAMETER = "aws:ssm/parameter:Parameter"


def recorded(name: str) -> Any:
    return json.loads((HERE / "previews" / f"{name}.json").read_text(encoding="utf-8"))


def rendered(raw: Any, limit: int = LIMIT) -> str:
    return body([cli.parse(raw, None)], MARKER, "What this would change", limit)


def comment(*arguments: str) -> Run:
    return run(["comment", *arguments])


def is_golden(name: str, text: str) -> None:
    path = HERE / "golden" / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def write(folder: Path, raw: Any, name: str = "preview.json") -> str:
    path = folder / name
    path.write_text(json.dumps(raw), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "name", ["no_change", "add_service", "delete_service", "database_replaced", "secrets_changed"]
)
def test_golden_of_the_real_engine(name: str) -> None:
    is_golden(name, rendered(recorded(name)))


def many(count: int) -> dict[str, Any]:
    """As an environment has, all changed, with long names."""
    steps = [
        step(
            ("create", "update", "replace", "delete")[n % 4],
            ALARM if n % 5 else DATABASE,
            f"service-{n % 25}-alarm-with-a-long-name-{n}",
            old={"threshold": n, "tags": {f"tag-{t}": "old" for t in range(20)}},
            new={"threshold": n + 1, "tags": {f"tag-{t}": "new" for t in range(20)}},
            detailed={f"tags.tag-{t}": "update" for t in range(20)} | {"threshold": "update"},
            reasons=["threshold"] if n % 4 == 2 else (),
            of=f"service-{n % 25}",
        )
        for n in range(count)
    ]
    return cli_preview(steps, same=12)


def test_golden_of_three_hundred_resources() -> None:
    text, steps = rendered(raw := many(320)), raw["steps"]
    assert rendered({**raw, "steps": steps[::-1]}) == text, "the engine's order differs"
    assert len(text) <= GITHUBS_LIMIT
    assert "more lines left out" in text
    assert text.count("<details>") == text.count("</details>")
    is_golden("300_resources", text)


def test_golden_of_secrets_in_every_form() -> None:
    """Secrets that Pulumi masks or marks, and secrets that only a name or a form gives away."""
    wrapped = {protocol.SIGNATURE: protocol.SECRET, "value": '"hunter2"'}
    container = {"name": "backend", "image": f"ghcr.io/acme/backend@sha256:{'a' * 64}"}
    old = [{**container, "environment": [{"name": "STRIPE_API_KEY", "value": "sk_live_old"}]}]
    new = [
        {
            **container,
            "environment": [
                {"name": "STRIPE_API_KEY", "value": "sk_live_new"},
                {"name": "LOG_LEVEL", "value": "debug"},
                {"name": "UPSTREAM", "value": "https://user:hunter3@example.com"},
            ],
        }
    ]
    steps = [
        step("update", PARAMETER, "jwt", old={"value": "plain1"}, new={"value": "plain2"},
             detailed={"value": "update"}),
        step("update", DATABASE, "database", old={"password": wrapped, "port": 5432},
             new={"password": "hunter4", "port": 5433, "comment": "was hunter4"},
             detailed={"password": "update", "port": "update", "comment": "add"}),
        step("replace", TASK, "backend", old={"containerDefinitions": json.dumps(old)},
             new={"containerDefinitions": json.dumps(new)},
             detailed={"containerDefinitions": "update-replace"}, reasons=["containerDefinitions"]),
    ]  # fmt: skip
    text = rendered(
        cli_preview(steps, diagnostics=[{"severity": "warning", "message": "got hunter4"}])
    )
    for secret in ("sk_live", "hunter", "plain1", "plain2"):
        assert secret not in text
    assert "`containerDefinitions[backend].environment[STRIPE_API_KEY].value`\n" in text
    assert "`containerDefinitions[backend].environment[LOG_LEVEL]`: `unset` → `debug`" in text
    is_golden("secrets_by_code", text)


def test_data_loss_comes_first() -> None:
    lines = rendered(recorded("database_replaced")).splitlines()
    assert lines[0] == MARKER
    first = next(n for n, line in enumerate(lines) if line.startswith("> "))
    assert lines[first : first + 3] == [
        "> [!CAUTION]",
        "> **This destroys data in 1 resource.**",
        "> - **REPLACE** `database` (`aws:rds/instance:Instance`): the database and every row in "
        "it, because of `dbName`",
    ]


def test_what_is_deleted_with_a_replacement_is_no_replacement() -> None:
    """Nothing of it is created again: it left the program."""
    steps = [step("delete-replaced", ALARM, "old", old={"threshold": 1})]
    assert "**1 DELETE**" in rendered(cli_preview(steps))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"protect": True}, "it is protected: Pulumi will refuse"),
        ({"retainOnDelete": True}, "it stays in the account"),
        ({}, "This destroys data"),
    ],
)
def test_what_keeps_a_resource(more: dict[str, Any], expected: str) -> None:
    text = rendered(
        cli_preview([step("delete", DATABASE, "database", old={"engine": "x"}, **more)])
    )
    assert expected in text
    assert ("This destroys data" in text) == ("retainOnDelete" not in more)


def test_the_end_of_a_read_replica_destroys_nothing() -> None:
    replica = {"replicateSourceDb": "database"}
    assert "destroys" not in rendered(cli_preview([step("delete", DATABASE, "r", old=replica)]))


@pytest.mark.parametrize(
    ("old", "new", "shouts"), [("17", "18", True), ("17.4", "18.1", True), ("17.4", "17.5", False)]
)
def test_a_major_version_upgrade_comes_before_the_changes(old: str, new: str, shouts: bool) -> None:
    before, after = ({"engine": "postgres", "engineVersion": version} for version in (old, new))
    text = rendered(cli_preview([step("update", DATABASE, "database", old=before, new=after)]))
    expected = (
        "> [!CAUTION]\n"
        "> **AWS can't undo this: the way back is a snapshot from before.** See docs/stores.md.\n"
        "> - **UPGRADE** `database` (`aws:rds/instance:Instance`): major version 17 becomes 18\n"
    )
    assert (expected in text) == shouts
    assert ("CAUTION" in text) == shouts


def test_rollouts_that_will_wait() -> None:
    services = {"backend": {"rollout": "blue-green", "deployWaitSeconds": 390},
                "worker": {"rollout": "rolling", "deployWaitSeconds": 140}}  # fmt: skip
    raw = cli_preview([step("replace", TASK, "backend", old={}, new={})], services=services)
    assert "**Healthy rollouts take:** `backend` (`blue-green`) 390 s." in rendered(raw)


def test_the_rules_are_checked_where_the_whole_stack_is_shown() -> None:
    """Only --show-sames shows it; of a part nothing can be said."""
    unencrypted = {"storageEncrypted": False, "publiclyAccessible": True}
    raw = cli_preview([step("create", DATABASE, "database", new=unencrypted)])
    assert "mandatory:" in rendered(raw)
    raw["changeSummary"]["same"] = 300
    assert "Policy rules were not checked." in rendered(raw)


def test_a_failed_preview_says_so_first() -> None:
    said = [{"severity": "error", "message": "creating urn: boom\nline two"}]
    text = rendered(cli_preview([], diagnostics=said))
    assert "### `staging`: the preview failed" in text
    assert "`creating urn: boom line two`" in text


NASTY = (
    "x` </details><script>alert(1)</script> @acme/all [a](javascript:b) "
    "<!-- plataforma:preview -->\n# Big"
)


def test_names_of_a_fork_are_inert() -> None:
    """Code spans and, in summaries, escaped HTML: no mention, no markup, no line of their own."""
    raw = cli_preview([step("delete", DATABASE, NASTY, old={}, of=NASTY)])
    raw["diagnostics"] = [{"severity": "warning", "message": NASTY}]
    text = rendered(raw)
    without = re.sub(r"<code>[^<`]*</code>", "", text)
    outside = "".join(part for n, part in enumerate(without.split("`")) if n % 2 == 0)
    for mark in ("<script", "@acme", "](", "# Big"):
        assert mark not in outside
    assert text.count("</details>") - text.count("`x' </details>") == text.count("<details>")
    assert text.count("\n# Big") == 0


def test_a_new_services_wait_is_known_in_process(tmp_path: Path) -> None:
    waits = {"writer": {"rollout": "rolling", "deployWaitSeconds": 140}}
    given = write(tmp_path, {"services": waits}, "outputs.json")
    preview = write(tmp_path, recorded("add_service"))
    text = comment("--preview", preview, "--waits", f"staging={given}").out
    assert "take:** `writer` (`rolling`) 140 s." in text


# In process: what pull requests from forks get


def planned(resources: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "stack": "staging",
        "engine": "process",
        "simulation": True,
        "resources": resources,
        "outputs": {"services": {"mailer": {"rollout": "rolling", "deployWaitSeconds": 50}}},
        "warnings": [],
        "violations": [],
        **more,
    }


def resource(type_: str, name: str, **inputs: Any) -> dict[str, Any]:
    made = step("create", type_, name, new=inputs, of=name)
    return {**made["newState"], "name": name, "operation": "create"}


def test_golden_in_process_against_the_base(tmp_path: Path) -> None:
    old = [resource(DATABASE, "database", engine="postgres"), resource(TASK, "worker", cpu="256")]
    new = [resource(DATABASE, "database", engine="mysql"), resource(TASK, "mailer", cpu="256")]
    broken = {
        "rule": "logs-kept",
        "enforcement": "mandatory",
        "resource": "mailer",
        "message": "no",
    }
    files = [write(tmp_path, planned(old), "base.json"),
             write(tmp_path, planned(new, violations=[broken]), "head.json")]  # fmt: skip
    done = comment("--preview", files[1], "--base", files[0])
    assert done.code == 0, done.err
    is_golden("in_process", done.out)
    assert done.summary.strip() == done.out.strip()


QUEUE = "aws:sqs/queue:Queue"
MQ = "aws:mq/broker:Broker"
PROVIDER = step("same", "pulumi:providers:aws", "aws", old={"region": "eu-west-1"},
                new={"region": "eu-west-1"}, component="", of="")  # fmt: skip


def provider(region: str) -> dict[str, Any]:
    return {**resource("pulumi:providers:aws", "aws", region=region), "parent": ""}


def test_what_is_refused_in_process_is_no_failed_preview(tmp_path: Path) -> None:
    base, head = (write(tmp_path, planned([provider(r)]), r) for r in ("eu-west-1", "us-east-1"))
    text = comment("--preview", head, "--base", base).out
    assert re.search(r"`staging`: \*\*REFUSED\*\*(.*\n)+> - `plataforma:region can't change", text)


def test_golden_of_a_price_in_process(tmp_path: Path) -> None:
    """Two queues, 2 x 2.5 x 0.40, and a broker without a price in place of the third."""
    queues = [resource(QUEUE, name) for name in ("events", "jobs", "mails")]
    rabbit = {"engineType": "RabbitMQ", "hostInstanceType": "mq.m7g.large"}
    old = [provider("eu-west-1"), *queues]
    new = [provider("eu-west-1"), *queues[:2], resource(MQ, "broker", **rabbit)]
    outputs = {"services": {}, "usage": {"queueRequestsMillions": 2.5}}
    plans = [planned(one, outputs=outputs) for one in (old, new)]
    base, head = (write(tmp_path, plan, str(n)) for n, plan in enumerate(plans))
    text = comment("--preview", head, "--base", base).out
    assert "at least $2.00 a month (change unknown: plus Amazon MQ rabbitmq mq." in text
    is_golden("price_in_process", text)


def test_the_engines_preview_has_the_price_of_the_change(tmp_path: Path) -> None:
    """By the assumptions of the outputs after the change, which the engine's preview lacks."""
    added = step("create", QUEUE, "events", new={"name": "events"})
    kept = step("same", QUEUE, "jobs", old={"name": "jobs"}, new={"name": "jobs"})
    gone = step("delete", "aws:kms/key:Key", "key", old={"policy": "{}"})
    raw = cli_preview([PROVIDER, kept, added, gone])
    raw["changeSummary"]["same"] = 3
    preview = write(tmp_path, raw)
    assert (
        "**Price:** `about $0.80 a month (-$0.60); list prices" in comment("--preview", preview).out
    )
    known = write(tmp_path, {"usage": {"queueRequestsMillions": 10}}, "outputs.json")
    text = comment("--preview", preview, "--waits", f"staging={known}").out
    assert "**Price:** `about $8.00 a month (+$3.00); list prices" in text


def test_a_preview_of_a_part_has_no_price() -> None:
    """Only --show-sames shows the whole stack."""
    raw = cli_preview([PROVIDER, step("create", QUEUE, "events", new={"name": "events"})])
    assert "**Price:**" in rendered(raw)
    raw["changeSummary"]["same"] = 300
    assert "**Price:**" not in rendered(raw)


def test_in_process_alone_claims_no_change(tmp_path: Path) -> None:
    file = write(tmp_path, planned([resource(DATABASE, "database")]))
    text = comment("--preview", file).out
    assert "### `staging`: 1 resource\n" in text
    assert "every resource of the stack, not its changes" in text


def test_several_stacks_in_one_comment(tmp_path: Path) -> None:
    one = write(tmp_path, recorded("no_change"), "one.json")
    other = write(tmp_path, recorded("add_service"), "other.json")
    text = comment("--preview", f"prod={one}", f"staging={other}").out
    assert text.index("### `prod`: no change") < text.index("### `staging`: 12 create")


def test_every_bad_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    files = [str(tmp_path / "absent.json"), str(tmp_path / "empty.json"), write(tmp_path, {"a": 1})]
    done = comment("--preview", *files)
    assert done.code == 2
    for words in ("absent.json cannot be read", "empty.json is empty", "holds no preview"):
        assert words in done.err


# Whatever is in a preview

SECRET = st.text("abcdef0123456789", min_size=12, max_size=40).map(lambda s: f"s3cr3t{s}")
NAMES = st.sampled_from(["password", "apiKey", "authToken", "clientSecret", "privateKey", "dsn"])
TEXT = st.text(max_size=300)


@st.composite
def with_secret(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A preview that holds a secret, by its name or by Pulumi's mark, and the same value again
    where nothing gives it away."""
    secret, name = draw(SECRET), draw(NAMES)
    marked = draw(st.booleans())
    held: Any = {protocol.SIGNATURE: protocol.SECRET, "value": secret} if marked else secret
    key = "plain" if marked else name
    deep: Any = {key: held}
    for level in draw(st.lists(st.sampled_from(["a", "list"]), max_size=3)):
        deep = {"in": [deep]} if level == "list" else {"in": deep}
    old = {"here": deep, "again": "other", "text": draw(TEXT)}
    new = {"here": draw(st.one_of(st.just({}), TEXT)), "again": f"{draw(TEXT)}{secret}",
           "text": draw(TEXT)}  # fmt: skip
    said = [{"severity": draw(st.sampled_from(["warning", "error"])), "message": f"bad {secret}"}]
    detailed = draw(
        st.sampled_from([None, {"here": "update", "again": "update", "text": "update"}])
    )
    operation = draw(st.sampled_from(["update", "replace", "delete", "create"]))
    steps = [step(operation, draw(st.sampled_from([ALARM, DATABASE, PARAMETER])), draw(TEXT) or "n",
                  old=old, new=new, detailed=detailed)]  # fmt: skip
    return cli_preview(steps, diagnostics=said), secret


@settings(max_examples=150)
@given(with_secret())
def test_no_secret_is_ever_shown(made: tuple[dict[str, Any], str]) -> None:
    raw, secret = made
    assert secret not in rendered(raw)


@settings(max_examples=12)
@given(
    st.integers(0, 500),
    st.integers(1, 4000),
    st.sampled_from([2_000, 20_000, LIMIT]),
    st.text(max_size=20),
)
def test_never_too_long(count: int, width: int, limit: int, text: str) -> None:
    name = (text + "x" * width)[:width]
    operations = ("create", "update", "replace", "delete")
    steps = [
        step(operations[n % 4], (ALARM, DATABASE)[n % 2], f"{n}{name}", old={"a": 1}, new={"a": n},
             of=f"{name}{n}", reasons=[name])
        for n in range(count)
    ]  # fmt: skip
    said = [{"severity": "warning", "message": f"{n}{name}"} for n in range(count)]
    made = rendered(cli_preview(steps, diagnostics=said), limit)
    assert len(made) <= limit
    assert made.startswith(f"{MARKER}\n")
    assert made.count("<details>") == made.count("</details>")
