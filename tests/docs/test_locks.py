"""What is pinned is pinned by hash, and names no machine from which it comes."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_holds_no_address(lock: Path) -> None:
    assert not [line for line in lock.read_text("utf-8").splitlines() if "://" in line]


def test_every_package_is_pinned_by_its_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert len(packages) > 1
    for name, one in packages.items():
        assert "resolved" not in one, name
        assert not name or one["integrity"].startswith("sha512-"), name
    for lock in LOCKS[:-1]:
        text = lock.read_text("utf-8")
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned, lock.name
        for line in pinned:
            assert line.endswith("\\"), f"{lock.name}: {line} has no hash"
