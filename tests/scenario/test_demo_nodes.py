"""A story told across nodes that are processes of their own: cut off, killed, forged, and of one mind in the end."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hansa.node.scenario.reading import read_scenario
from hansa.node.troupe.casting import cast

HANSA = [sys.executable, "-c", "from hansa.node.main import main; main()"]
SCENARIOS = Path(__file__).parents[2] / "scenarios"


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(20_000, 60_000, 17):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no ports are free")


@pytest.mark.slow
def test_two_nodes_are_cut_killed_and_forged_and_hold_the_same_in_the_end(tmp_path):
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HANSA", "DJANGO"))
    }
    made = subprocess.run(
        [
            *(*HANSA, "demo-nodes"),
            *("--nodes", "2", "--folder", str(tmp_path / "homes"), "--seconds", "3", "--once"),
            *("--port", str(free_ports(2)), "--scenario", str(SCENARIOS / "two-cities.yaml")),
        ],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        env=environ,
    )
    said = made.stdout
    assert made.returncode == 0, said + made.stderr
    for words in ("is cut off", "catches up", "is killed", "runs again", "a second history of"):
        assert words in said
    lines = len(read_scenario(SCENARIOS / "two-cities.yaml").lines)
    assert f"{lines} of {lines} lines were said, 0 no longer fitted, 0 could not be said." in said
    assert "All nodes hold the same." in said
    assert re.search(r"know of the second history: 2 of 2\.", said), said


def test_who_speaks_most_has_a_node_alone_and_nobody_is_left_out():
    scenario = read_scenario(SCENARIOS / "los-angeles-2025.yaml")
    nodes = cast(scenario, 5)
    assert sorted(log for logs in nodes for log in logs) == sorted(
        one.log for one in scenario.members
    )
    assert nodes[0] == (next(one.log for one in scenario.members if one.founder),)
    assert ("us-ca-los-angeles",) in nodes
    assert all(nodes)


def test_a_folder_of_somebody_s_own_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    made = subprocess.run(
        [*HANSA, "demo-nodes", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 1
    assert "holds something that is no demo" in made.stderr
    assert (tmp_path / "letter.txt").read_text() == "mine"
