"""The threat model and the tests of attacks know each other."""

import ast
import re

import pytest

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "threat-model.md"
ATTACKS = sorted((ROOT / "tests" / "attacks").glob("test_*.py"))
_NAMED = re.compile(r"`(test_\w+)`")
_LINKED = re.compile(r"^### \[`(test_\w+\.py)`\]\(\.\./tests/attacks/\1\)$", re.MULTILINE)
SURRENDERS = [
    "An officer's account",
    "An API token",
    "A feed token",
    "A keeper's office",
    "The host's disk",
    "The server process",
    "A member's log key",
    "A member, hostile or taken over",
    "A colleague",
    "The network",
    "A supplier of a dependency",
]


def attacks_in(source: str) -> set[str]:
    """The names of the tests in a module."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named_by_file() -> dict[str, set[str]]:
    """Which tests the page names under which file."""
    parts = _LINKED.split(PAGE.read_text("utf-8"))
    return {
        file: set(_NAMED.findall(text)) for file, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("file", ATTACKS, ids=lambda file: file.name)
def test_the_page_names_every_attack_that_has_a_test_and_no_other(file):
    named, there = named_by_file().get(file.name, set()), attacks_in(file.read_text("utf-8"))
    assert not named - there, f"{PAGE.name} names tests that are gone from {file.name}"
    assert not there - named, f"name these under {file.name} in {PAGE.name}"


def test_the_page_names_no_file_that_is_gone():
    assert set(named_by_file()) == {file.name for file in ATTACKS}


@pytest.mark.parametrize("thing", SURRENDERS)
def test_each_compromise_says_what_is_lost_what_is_not_and_how_it_is_noticed(thing):
    _before, found, rest = PAGE.read_text("utf-8").partition(f"\n### {thing}")
    assert found
    section = rest.partition("\n##")[0]
    if thing != "The host's disk":
        assert "- **Lost**" in section
        assert "- **Not lost**" in section
    assert "- **Noticed**" in section
