"""The reference pages never lag behind what they describe."""

import subprocess
import sys


def test_the_pages_are_as_the_source_has_it():
    command = [
        sys.executable,
        "-c",
        "from hansa.node.main import main; main()",
        "reference",
        "--check",
    ]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr
