"""A home in which nothing is meant in earnest, and scenario files to spoil."""

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TWO_CITIES = ROOT / "scenarios" / "two-cities.yaml"
LOS_ANGELES = ROOT / "scenarios" / "los-angeles-2025.yaml"
THREE_CITIES = ROOT / "scenarios" / "three-cities.yaml"

Spoil = Callable[[str, str], Path]


@pytest.fixture
def exercise(home: Path) -> Path:
    """An empty home of the realm `exercise`."""
    (home / "hansa.toml").write_text('realm = "exercise"\ndemo = true\n', "utf-8")
    return home


@pytest.fixture
def spoilt(tmp_path: Path) -> Spoil:
    """The small scenario with one text replaced by another, which must be there once."""

    def spoil(text: str, other: str) -> Path:
        whole = TWO_CITIES.read_text("utf-8")
        assert whole.count(text) == 1, f"{text!r} stands {whole.count(text)} times in the file"
        path = tmp_path / "wrong.yaml"
        path.write_text(whole.replace(text, other), "utf-8")
        return path

    return spoil
