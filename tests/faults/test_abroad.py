"""Real nodes on bad days: kill -9 under load, and a link that lets little through, stalls and hangs up."""

import random
import subprocess
import sys
import time

import pytest

from tests.faults.abroad import (
    SLOW_LOOPBACK,
    Abroad,
    acquaint,
    await_agreement,
    may_make_networks,
)
from tests.faults.rig import ROOT
from tests.rig.proxy import Link, Proxy

pytestmark = [pytest.mark.fault, pytest.mark.slow]

KILLS = 8


@pytest.fixture
def running(request):
    """A list of nodes that are killed when the test is over."""
    nodes: list[Abroad] = []
    yield nodes
    for node in nodes:
        node.kill()


def test_nodes_killed_at_any_moment_under_load_agree_and_lose_nothing(running, tmp_path):
    running += [Abroad(log, tmp_path / log) for log in ("ada", "bel", "cyd")]
    acquaint(running)
    chance = random.Random(22)
    for node in running:
        node.serve()
        node.write()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 2.0))
        node = chance.choice(running)
        node.kill()
        time.sleep(chance.uniform(0.0, 1.0))
        node.serve()
        node.write()
    time.sleep(2)
    for node in running:
        node.rest()
    seen = await_agreement(running, 150)
    everything = {place for node in running for place in node.acknowledged}
    assert len(everything) > 20
    for found in seen:
        assert found["fsck"] == ""
        assert found["accused"] == []
        assert everything <= set(found["places"])


def test_a_node_behind_fifty_kilobit_with_losses_keeps_converging(running, tmp_path):
    """What the other says reaches it, again and again, though the line stalls and hangs up."""
    ada, bel = Abroad("ada", tmp_path / "ada"), None
    link = Link()
    with Proxy(ada.port, link, seed=1) as to_ada:
        ada.url = f"http://127.0.0.1:{to_ada.port}"
        bel = Abroad("bel", tmp_path / "bel")
        with Proxy(bel.port, link, seed=2) as to_bel:
            bel.url = f"http://127.0.0.1:{to_bel.port}"
            running += [ada, bel]
            acquaint(running)
            for node in running:
                node.serve()
                node.write(pause=0.4)
            reached = []
            for _ in range(3):
                time.sleep(8)
                reached.append(bel.look()["sizes"]["ada"])
            for node in running:
                node.rest()
            seen = await_agreement(running, 150)
            assert all(found["fsck"] == "" for found in seen)
            assert {place for node in running for place in node.acknowledged} <= set(
                seen[0]["places"]
            )
            # It was not one burst at the end: each look found more than the one before.
            assert reached == sorted(set(reached)), reached
            assert to_ada.pauses + to_bel.pauses > 0
            assert to_ada.carried + to_bel.carried > 20_000


def test_two_nodes_in_a_namespace_with_a_slow_loopback_keep_converging(tmp_path):
    """The same with the system's own slow link, whose queue overflows, instead of a proxy of ours."""
    if not may_make_networks():
        pytest.skip(
            "NOT TRIED: this machine lets no test make a network namespace with a slow link (unshare -n, tc tbf)"
        )
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", f'{SLOW_LOOPBACK} && exec "$0" -m tests.faults.confined "$1"', sys.executable, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
