"""A plan file from somebody who wants more sent than may be, or a poor plan believed to be the best."""

import json

from hansa.aid.planner import sheet
from hansa.aid.planner.check import check
from tests.planner.files import FILE, PLAN, spoiled, told


def test_plan_that_goes_below_a_reserve_and_is_sealed_anew():
    data = spoiled("problem", "supplies", 0, "floor", value=3)
    assert "that leaves 2, and the floor of chicago is 3" in told(data)


def test_poor_plan_that_claims_to_be_the_best():
    """A flow taken away, the cost told as it is, and a bound to match: no prices prove it."""
    data = spoiled("plan", "flows", value=lambda rows: rows[1:])
    data = spoiled("plan", "cost", value=PLAN.cost - 20.0 + 500.0 + 5.0, file=data)
    data = spoiled("plan", "bound", value=PLAN.cost - 20.0 + 500.0 + 5.0, file=data)
    assert "its prices show that for 331 only" in told(data)


def test_prices_so_large_that_sums_are_lost_prove_nothing():
    """Stock priced beyond all measure makes two terms that cancel: what rounding loses counts against the plan."""
    data = spoiled("plan", "prices", "supplies", value={"c/pumps": 1e12, "d/pumps": 1e12})
    data = spoiled("problem", "supplies", 0, "stock", value=10**9, file=data)
    assert "its prices show that for 0 only" in told(data)


def test_change_that_leaves_all_true_breaks_the_seal_or_is_another_plan():
    """A stock that nobody uses may change and leave all true: only the seal, and the digest in the record, show it."""
    known = check(FILE).plan
    silent = ("problem", "supplies", 2, "stock")
    assert "was changed after the file was written" in told(spoiled(*silent, value=11, seal=False))
    again = spoiled(*silent, value=11)
    assert check(again).ok
    assert "another plan than the one" in told(again, plan=known)
    assert check(FILE, plan=known).ok


def test_name_that_would_steer_the_terminal_is_shown_as_text():
    data = spoiled("plan", "flows", 0, 0, value="\x1b[2J\u202e")
    assert "\x1b" not in check(data).text()
    assert "\\u001b" in check(data).text()


def test_field_that_another_reader_would_read_otherwise():
    """A name that stands twice: one reader takes the first, another the last. It is refused by this one."""
    data = FILE.replace(b'"stock": 8', b'"stock": 80, "stock": 8')
    assert not check(data).readable
    assert "stands twice" in check(data).findings[0]


def test_file_made_to_exhaust_whoever_checks_it():
    for data in (
        b"[" * 10**6,
        b'{"a":' * 10**5,
        FILE.replace(b'"stock": 8', b'"stock": 8' + b"0" * 10**6),
    ):
        assert not check(data).readable
    huge = spoiled("problem", "supplies", 0, "stock", value=sheet.QUANTITY)
    assert json.loads(huge)["problem"]["supplies"][0]["stock"] == sheet.QUANTITY
    assert check(huge).readable
