"""Two hundred seeds: whatever the network, the disks and a liar did, once all is mended every law holds."""

import subprocess
import sys

import pytest

from tests.faults.rig import ROOT
from tests.rig.__main__ import BLOCK

SEEDS = 200


@pytest.mark.fault
@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_every_law_holds_after_healing(first):
    """In a process of its own, because the order of Python's sets follows from the seed, too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.rig", "run", str(first), str(first + BLOCK)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
