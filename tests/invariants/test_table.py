"""Every invariant has tests, they are there, and none of them is set aside."""

import ast
from functools import cache

import pytest

from tests.docs.pages import ROOT
from tests.invariants.table import INVARIANTS, RECORD, Invariant

SET_ASIDE = {"skip", "skipif", "xfail"}


@cache
def functions(file: str) -> dict[str, ast.FunctionDef]:
    """The tests of a file, by name."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    return {one.name: one for one in found if one.name.startswith("test_")}


def names_in(nodes: list[ast.expr]) -> set[str]:
    """Every name that stands in these expressions."""
    inner = [one for node in nodes for one in ast.walk(node)]
    return {one.attr for one in inner if isinstance(one, ast.Attribute)}


def set_aside(test: ast.FunctionDef) -> bool:
    """Tell whether a test may pass without running: marked so, or skipped from within."""
    calls = [one.func for one in ast.walk(test) if isinstance(one, ast.Call)]
    return bool(names_in(test.decorator_list) & SET_ASIDE or names_in(calls) & {"skip", "xfail"})


def test_all_thirty_are_here():
    assert sorted(INVARIANTS) == list(range(1, 31))


@pytest.mark.parametrize(("number", "invariant"), INVARIANTS.items())
def test_each_has_tests_that_are_there_and_run(number: int, invariant: Invariant):
    assert invariant.tests
    for test in invariant.tests:
        file, _, name = test.partition("::")
        assert name in functions(file), f"{number}: {test} is gone"
        assert not set_aside(functions(file)[name]), f"{number}: {test} may be skipped"


def test_a_test_of_a_number_stands_under_its_number():
    for file in sorted((ROOT / "tests" / "invariants").glob("test_*.py")):
        place = str(file.relative_to(ROOT))
        for name in functions(place):
            number = name.split("_")[1]
            if number.isdigit():
                assert f"{place}::{name}" in INVARIANTS[int(number)].tests


def test_what_was_changed_is_decided_in_writing():
    page = (ROOT / RECORD).read_text("utf-8")
    for number, invariant in INVARIANTS.items():
        assert (f"**{number}." in page) == bool(invariant.instead), number


def test_a_test_that_is_set_aside_is_noticed():
    marked = ast.parse("@pytest.mark.skip\ndef test_x(): pass").body[0]
    within = ast.parse("def test_x():\n    pytest.skip('no Go')").body[0]
    plain = ast.parse("@pytest.mark.slow\ndef test_x(): assert True").body[0]
    assert isinstance(marked, ast.FunctionDef)
    assert isinstance(within, ast.FunctionDef)
    assert isinstance(plain, ast.FunctionDef)
    assert set_aside(marked)
    assert set_aside(within)
    assert not set_aside(plain)
