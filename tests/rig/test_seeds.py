"""Two hundred seeds: whatever the network, the disks and a liar did, once all is mended every law holds."""

import subprocess
import sys

import pytest

from tests.faults.rig import ROOT
from tests.rig.__main__ import BLOCK

SEEDS = 200


@pytest.mark.fault
@pytest.mark.slow
def test_every_law_holds_after_healing():
    """In processes of their own, because the order of Python's sets follows from the seed, too."""
    blocks = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.rig", "run", str(first), str(first + BLOCK)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for first in range(0, SEEDS, BLOCK)
    ]
    told = [block.communicate()[0] for block in blocks]
    assert all(block.returncode == 0 for block in blocks), "\n".join(told)
