"""Which commit a stack runs, read from the history that the real CLI writes."""

from __future__ import annotations

from tests.delivery.guards.conftest import Deployed


def test_a_stack_says_which_commit_it_runs_and_refuses_one_before_its_newest(deployed: Deployed):
    first = deployed.head
    assert deployed.delivery("deployed").code == 1
    assert deployed.delivery("deployed", "--not-after", first).code == 0
    deployed.up()
    second = deployed.commit("second")
    deployed.up("--target", "**pulumi:pulumi:Stack**")
    assert deployed.delivery("deployed").out == f"commit={first}\n", "a targeted one counts"
    third = deployed.commit("third")
    assert deployed.delivery("deployed", "--not-after", third).code == 0
    deployed.pulumi("config", "set", "fails", "true", "--stack", "prod")
    deployed.up(code=1)
    assert deployed.delivery("deployed").out == f"commit={first}\n", "a failed one counts"
    for earlier in (first, second):
        refused = deployed.delivery("deployed", "--not-after", earlier)
        assert refused.code == 1
        assert f"prod has the commit {third[:12]}, which is after {earlier[:12]}" in refused.err
    assert deployed.delivery("deployed", "--not-after", "HEAD").code == 0
    deployed.pulumi("config", "rm", "fails", "--stack", "prod")
    assert deployed.pulumi("destroy", "--yes", "--stack", "prod").returncode == 0
    assert deployed.delivery("deployed").code == 1
    assert deployed.delivery("deployed", "--not-after", first).code == 0


def test_a_clone_beside_deploys_the_commit_that_runs_and_says_so(deployed: Deployed):
    """As the operation rollback-digests does, whose own checkout is main."""
    first = deployed.head
    deployed.up()
    deployed.commit("second")
    deployed.git("clone", "--quiet", "--no-checkout", ".", "deployed")
    deployed.git("-C", "deployed", "switch", "--detach", first)
    beside = Deployed(deployed.cli, deployed.folder / "deployed")
    (beside.folder / ".venv").symlink_to(deployed.folder / ".venv")
    (beside.folder / "Pulumi.prod.yaml").write_text(
        (deployed.folder / "Pulumi.prod.yaml").read_text()
    )
    beside.up()
    assert deployed.delivery("deployed").out == f"commit={first}\n"
    assert deployed.delivery("deployed", "--not-after", "HEAD").code == 0


def test_a_commit_that_nobody_pushed_is_named(deployed: Deployed):
    deployed.git("clone", "--quiet", ".", "../pushed")
    unpushed = deployed.commit("by hand")
    deployed.up()
    refused = Deployed(deployed.cli, deployed.folder.parent / "pushed").delivery("deployed")
    assert (refused.code, refused.out) == (1, "")
    assert (
        f"prod runs the commit {unpushed}, which this clone does not have. Push it" in refused.err
    )


def test_a_shallow_clone_cannot_tell_and_says_so(deployed: Deployed):
    deployed.commit("second")
    deployed.up()
    shallow = deployed.folder.parent / "shallow"
    deployed.git("clone", "--quiet", "--depth", "1", f"file://{deployed.folder}", str(shallow))
    own = Deployed(deployed.cli, shallow)
    refused = own.delivery("deployed", "--not-after", "HEAD")
    assert refused.code == 2
    assert "fetch-depth: 0" in refused.err
