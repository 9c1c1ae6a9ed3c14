"""`make preview` as a command: what it compares with, its tree, its JSON, its exit code."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from commands import committed, preview
from delivery.previews.grouping import is_component
from delivery.previews.process import preview_of, read
from policies.check import Violation
from resource_types.catalog import TYPES
from settings.project import ROOT
from simulation import engine, process
from simulation.changes.comparison import compare
from simulation.plan import Plan
from simulation.report import plan_report
from tests.support import users_files
from tests.support.configs import ABSENT, BASE, changed, with_ciphertext
from tests.support.plans import plan_of

UNUSED = ("tests", "docs", ".github", ".devcontainer", "benchmarks")
UNTRACKED = users_files.left_out("node_modules", "dist", "__pycache__", ".*", *UNUSED)


class Repository:
    """A repository of this program with a stack file of its own, committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=UNTRACKED, dirs_exist_ok=True)
        self.write(BASE)
        (folder / ".gitignore").write_text("__pycache__/\n")
        self.git("init", "--quiet")
        self.commit()

    def write(self, config: dict[str, Any], stack: str = "staging") -> None:
        values = {f"plataforma:{key}": value for key, value in with_ciphertext(config).items()}
        text = yaml.safe_dump({"config": values}, sort_keys=False)
        (self.folder / f"Pulumi.{stack}.yaml").write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        author = ("-c", "user.name=Ops", "-c", "user.email=ops@example.com")
        self.git(*author, "commit", "--quiet", "--message", "Change")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *arguments], check=True)

    def preview(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "commands.preview", "--engine", "process", *arguments]
        return subprocess.run(line, cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(autouse=True)
def restored(request: pytest.FixtureRequest) -> None:
    if "repository" in request.fixturenames:
        found: Repository = request.getfixturevalue("repository")
        found.git("reset", "--quiet", "--hard")
        found.git("clean", "--quiet", "--force", "-d")


def test_a_change_is_shown_against_what_is_committed(repository: Repository):
    repository.write(changed({"services.backend.scaling.min": 2}))
    done = repository.preview()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("staging: 1 changed, 144 unchanged; against HEAD (")
    assert lines[2:4] == ["service backend", "  ~ Target backend-scaling  minCapacity: 1 → 2"]
    assert len(lines) <= 24
    assert done.stderr == ""


def test_a_changed_program_and_a_new_secret_count_too(repository: Repository):
    program = repository.folder / "components/data/database.py"
    stack_file = repository.folder / "Pulumi.staging.yaml"
    stack_file.write_text(stack_file.read_text().replace("v1:ciphertext", "v1:another"))
    text = program.read_text()
    program.write_text(text.replace("monitoring_interval=60", "monitoring_interval=30"))
    lines = repository.preview().stdout.splitlines()
    assert lines[0].startswith("staging: 1 changed, 1 other secret, 144 unchanged; against HEAD (")
    assert lines[2:7] == [
        "encrypted values",
        "  ~ plataforma:secrets.REDIS_PASSWORD  the services that read it start new tasks",
        "",
        "database",
        "  ~ Instance database  monitoringInterval: 60 → 30",
    ]


def test_an_unchanged_tree_is_not_planned_twice(repository: Repository):
    done = repository.preview()
    assert done.stdout.startswith("staging: nothing changes, 145 unchanged; against HEAD (")
    assert "Next           edit Pulumi.staging.yaml (keys: docs/config.md)" in done.stdout


def test_a_stack_that_is_not_committed_is_all_new(repository: Repository):
    repository.write(changed({"environment": "qa"}), "qa")
    done = repository.preview("--stack", "qa")
    assert done.stdout.startswith("qa: 145 resources, all new\n")
    assert "has no Pulumi.qa.yaml." in done.stderr
    refused = repository.preview("--stack", "qa", "--against", "HEAD")
    assert refused.returncode == 1
    assert "has no Pulumi.qa.yaml" in refused.stderr


def test_a_stack_of_another_account_is_another_stack(repository: Repository):
    repository.write(changed({"account": "210987654321"}))
    done = repository.preview()
    assert done.stdout.startswith("staging: 145 resources, all new\n")
    assert "is of project plataforma in account 123456789012, another stack." in done.stderr


def test_a_misspelt_section_is_one_problem_and_not_missing_too(repository: Repository):
    repository.write(changed({"database": ABSENT, "databse": {"version": "17"}}))
    done = repository.preview()
    repository.git("checkout", "--quiet", "--force", "HEAD")
    assert done.stderr == (
        "preview: Pulumi.staging.yaml has 1 problem; nothing was changed:\n"
        "  plataforma:databse: unknown key. Did you mean database?\n"
    )


def test_an_unknown_commit_is_an_error(repository: Repository):
    done = repository.preview("--against", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "preview: git knows no nowhere\n"


def test_a_commit_that_cannot_be_planned_is_named_with_its_reason(repository: Repository):
    repository.write(changed({"services.backend.memory": 4096}))
    repository.git("checkout", "--quiet", "-b", "broken")
    repository.commit()
    repository.write(BASE)
    done = repository.preview()
    repository.git("checkout", "--quiet", "--force", "-")
    assert done.stdout.startswith("staging: 145 resources, all new\n")
    begin, _, end = done.stderr.partition(" itself cannot be planned: ")
    assert begin.startswith("Everything is shown as new: HEAD (")
    assert end.startswith("plataforma:services.backend.memory: 4096 MiB")
    assert end.count("\n") == 1
    assert not end.endswith("..\n")


def test_outside_a_repository_all_is_new_in_words(tmp_path: Path):
    with pytest.raises(committed.NotComparedError, match="folder is in no git repository"):
        committed.find("HEAD", tmp_path)


def test_a_closed_pipe_is_no_error():
    """As `make preview | head -1`: the reader is gone before the first line is written."""
    program = (
        "import sys; from commands.output import write; write('a line\\n' * 9999); sys.exit(3)"
    )
    read, end = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=end, stderr=subprocess.PIPE, check=False
    )
    os.close(end)
    assert (done.returncode, done.stderr) == (3, b"")


@pytest.fixture
def prints(monkeypatch: pytest.MonkeyPatch) -> Callable[[Plan], None]:
    """Sets the plan of every preview in process, compared with nothing."""

    def set_plan(plan: Plan) -> None:
        def planned(*_: object) -> Plan:
            return plan

        monkeypatch.setattr(process, "preview", planned)
        monkeypatch.setattr(preview, "_against_commit", planned)

    return set_plan


def test_the_tree_has_every_resource_and_summaries():
    plan, out = plan_of(BASE), io.StringIO()
    plan_report.print_tree(plan, Console(file=out, width=200))
    assert all(f" {r.name}" in out.getvalue() for r in plan.resources)
    for shown in (
        "Service backend  256 CPU units, 512 MiB, arm64, 1-3 tasks, port 3000",
        "Instance database  PostgreSQL 17, db.t4g.medium, 20-100 GiB, one zone",
        "ReplicationGroup cache  valkey, cache.t4g.small, no replica\n",
        "3 zones, 1 NAT gateway\n",
    ):
        assert shown in out.getvalue()


@pytest.mark.parametrize(
    ("least", "most", "said"), [(1, 1, "1 task"), (2, 2, "2 tasks"), (0, 4, "0-4 tasks")]
)
def test_how_many_tasks_is_said_in_words(least: int, most: int, said: str):
    summary = TYPES["aws:appautoscaling/target:Target"].summary
    assert summary
    assert summary({"minCapacity": least, "maxCapacity": most}) == said


def test_json_is_the_whole_plan(capsys: pytest.CaptureFixture[str], prints: Callable[[Plan], None]):
    prints(plan_of(BASE))
    assert preview.main(["--engine", "process", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["simulation"] is True
    assert content["stack"] == "staging"
    custom = [one for one in content["resources"] if not is_component(one["urn"])]
    assert content["counts"] == {"create": len(custom), "same": 0}
    assert content["outputs"]["services"]["backend"]


def test_json_tells_what_the_text_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    cache = {"cache.nodeType": "cache.r7g.large"}
    plan = compare(plan_of(changed(cache)), plan_of(BASE), "HEAD (1a2b3c4)")

    def planned(*_: object) -> Plan:
        return plan

    monkeypatch.setattr(preview, "_against_commit", planned)
    assert preview.main(["--json", "--against", "HEAD"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["against"] == "HEAD (1a2b3c4)"
    (risk,) = content["risks"]
    assert preview.main(["--against", "HEAD"]) == 0
    text = capsys.readouterr().out
    assert f"!! {risk['risk']:<15}ReplicationGroup cache: {risk['cost']}\n" in text
    counts = content["counts"]
    headline = f"{counts['update']} changed, {counts['same']} unchanged"
    assert text.startswith(f"staging: {headline}; against HEAD (1a2b3c4)\n")
    assert preview_of(read(content), ()) == preview_of(plan, ())


@pytest.mark.parametrize("form", ["", "--full", "--json"])
def test_the_engines_order_makes_no_difference(
    form: str, capsys: pytest.CaptureFixture[str], prints: Callable[[Plan], None]
):
    plan, said = plan_of(BASE), list[str]()
    for resources in (plan.resources, plan.resources[::-1]):
        prints(replace(plan, resources=resources))
        assert preview.main(["--engine", "process", *filter(None, [form])]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_an_address_that_cloudfront_gives_is_known_later(
    capsys: pytest.CaptureFixture[str], prints: Callable[[Plan], None]
):
    plan = plan_of(BASE)
    prints(replace(plan, outputs={**plan.outputs, "urls": ["https://${edge-cdn.domainName}"]}))
    assert preview.main(["--engine", "process"]) == 0
    assert "CloudFront's own, known after the first deployment\n" in capsys.readouterr().out


def test_an_unknown_stack_is_an_error_that_lists_the_stacks(repository: Repository):
    done = repository.preview("--stack", "production")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "preview: Pulumi.production.yaml does not exist; stacks with a file: staging\n"
    )


def test_without_the_cli_only_what_needs_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prints: Callable[[Plan], None],
):
    prints(plan_of(BASE))
    monkeypatch.setenv("PATH", "")
    has_state = False

    def state(*_: object) -> bool:
        return has_state

    monkeypatch.setattr(engine, "has_state", state)
    missing = "the Pulumi CLI is not on PATH. Install it, version 3."
    assert preview.main(["--engine", "pulumi"]) == 1
    assert capsys.readouterr().err.startswith(f"preview: {missing}")
    assert preview.main([]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert "SIMULATION     not AWS: made in process, without the Pulumi engine" in output.out
    has_state = True
    assert preview.main([]) == 0
    assert missing in capsys.readouterr().err


def test_the_cli_is_used_where_it_has_a_state_to_compare_with(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prints: Callable[[Plan], None],
):
    def made_by_engine(*_: object) -> Plan:
        return replace(plan_of(BASE), engine="pulumi")

    def found() -> engine.Cli:
        return engine.Cli(Path("pulumi"))

    prints(plan_of(BASE))
    monkeypatch.setattr(engine, "find_pulumi", found)
    monkeypatch.setattr(engine, "preview", made_by_engine)
    for has_state, arguments, expected in (
        (True, [], "by the real Pulumi engine"),
        (False, [], "in process"),
        (False, ["--engine", "pulumi"], "by the real Pulumi engine"),
        (True, ["--against", "HEAD"], "in process"),
        (True, ["--engine", "process"], "in process"),
    ):

        def state(*_: object, there: bool = has_state) -> bool:
            return there

        monkeypatch.setattr(engine, "has_state", state)
        assert preview.main(arguments) == 0
        assert f"SIMULATION     not AWS: made {expected}" in capsys.readouterr().out


def test_the_next_step_goes_on_to_aws_and_repeats_no_option(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prints: Callable[[Plan], None],
):
    plan = plan_of(BASE)
    prints(compare(plan, plan, "HEAD (1a2b3c4)"))
    assert preview.main(["--engine", "process", "--full"]) == 0
    assert "ARGS=--full" not in capsys.readouterr().out

    def made_by_engine(*_: object) -> Plan:
        change = compare(plan_of(changed({"services.worker.memory": 1024})), plan, engine.STATE)
        return replace(change, engine="pulumi")

    def found() -> engine.Cli:
        return engine.Cli(Path("pulumi"))

    monkeypatch.setattr(engine, "find_pulumi", found)
    monkeypatch.setattr(engine, "preview", made_by_engine)
    assert preview.main(["--engine", "pulumi"]) == 0
    step = "make up STACK=staging does this in the simulation; for AWS: make taskdefs, commit,"
    assert f"Next           {step}" in capsys.readouterr().out


def test_no_color_leaves_no_escapes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    console = preview.console(force_terminal=True)
    with console.capture() as captured:
        console.print("words", style="bold red")
    assert captured.get() == "words\n"


def test_a_broken_mandatory_rule_ends_the_preview_with_an_error(
    capsys: pytest.CaptureFixture[str], prints: Callable[[Plan], None]
):
    prints(plan_of(changed({"services.backend.environment": {"STRIPE_API_KEY": "a-value"}})))
    assert preview.main(["--engine", "process"]) == 1
    out = capsys.readouterr().out
    assert "policy task-no-plain-secret (mandatory): backend holds STRIPE_API_KEY" in out
    assert "Next           mend what is refused above, and preview again" in out


def test_a_violation_reads_as_rule_level_and_subject():
    assert str(Violation("rds-tls", "mandatory", "db", "is open")) == (
        "policy rds-tls (mandatory): db is open"
    )
