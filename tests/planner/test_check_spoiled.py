"""Any field of a plan file, changed in any way: refused by the seal; sealed anew, refused or still true, and another plan.

What can be spoiled without the checker seeing it? Nothing that makes the file say something false: whatever it accepts, the
bound is below what the best plan costs, by another solver, and the plan costs what it says. What stays true (a stock that
nobody sends, a weaker bound, another name) is a file on another problem or with another claim, and its digest says so.
"""

import json
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid.planner import certificate, sheet
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.greedy import greedy
from tests.planner.cases import case
from tests.planner.oracle import best

SEEDS = [seed for seed in range(60) if case(seed).supplies and case(seed).needs]


@cache
def files() -> list[bytes]:
    """Plans with their proofs, and some that prove nothing."""
    problems = [case(seed) for seed in SEEDS]
    return [
        *(certificate.write(one, solve(one)) for one in problems),
        *(certificate.write(one, greedy(one)) for one in problems[:10]),
    ]


NUMBERS = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 3, 1e9, 1e300, 10**12, 0.5, 1e-9, None, "1", True]),
    st.integers(-3, 30),
    st.floats(0, 50, allow_nan=False),
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to everything in a document, containers too."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            found += leaves(one, (*path, name))
    return found


def at(whole: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        whole = whole[name]
    return whole


def words(whole: Any) -> list[str]:
    """Return every text in a document: keys and names that a forger might put elsewhere."""
    return sorted({one for path in leaves(whole) if isinstance(one := at(whole, path), str)})


def changed(data: st.DataObject, whole: dict[str, Any]) -> dict[str, Any]:
    """Change one thing: a number raised, lowered or replaced, a name moved, a row dropped, doubled or put elsewhere."""
    path = data.draw(st.sampled_from(leaves({k: whole[k] for k in ("problem", "plan")})))
    parent, name, value = at(whole, path[:-1]), path[-1], at(whole, path)
    if isinstance(value, bool):
        parent[name] = not value
    elif isinstance(value, int | float):
        how = data.draw(st.sampled_from(["up", "down", "more", "other"]))
        other = {"up": value + 1, "down": value - 1, "more": value * 1.5}
        parent[name] = other[how] if how in other else data.draw(NUMBERS)
    elif isinstance(value, str):
        parent[name] = data.draw(st.sampled_from([*words(whole), "nobody", ""]))
    elif isinstance(value, list) and value and data.draw(st.booleans()):
        inner = data.draw(st.integers(0, len(value) - 1))
        how = data.draw(st.sampled_from(["drop", "twice", "last"]))
        row = value[inner] if how == "twice" else value.pop(inner)
        if how != "drop":
            value.append(row)
    else:
        parent[name] = data.draw(st.one_of(NUMBERS, st.sampled_from([[], {}, [[]], {"x": 1}])))
    return whole


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_change_is_refused_by_the_seal(data):
    file = data.draw(st.sampled_from(files()))
    spoiled = changed(data, json.loads(file))
    same = sheet.canonical(spoiled) == sheet.canonical(json.loads(file))
    verdict = check(json.dumps(spoiled).encode())
    assert verdict.ok == same, verdict.text()
    if not same:
        assert verdict.findings[0].endswith(".")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_sealed_anew_it_is_refused_or_true_and_another_plan(data):
    file = data.draw(st.sampled_from(files()))
    known = check(file).plan
    spoiled = changed(data, json.loads(file))
    if sheet.canonical(spoiled) == sheet.canonical(json.loads(file)):
        return
    spoiled["sha256"] = sheet.digests(spoiled["problem"], spoiled["plan"])
    forged = json.dumps(spoiled).encode()
    assert not check(forged, plan=known).ok
    verdict = check(forged)
    if verdict.ok:
        problem, plan = certificate.read(forged)
        least = best([problem], whole=True)[0]
        near = 1e-6 * max(1.0, verdict.cost)
        assert verdict.bound - near <= least <= verdict.cost + near
        assert plan.bound <= least + near


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_byte_changed_is_refused(data):
    """Blanks between two values say nothing, and are no part of what was sealed."""
    file = data.draw(st.sampled_from(files()))
    place = data.draw(st.integers(0, len(file) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1))
    other = file[:place] + byte + file[place + 1 :]
    verdict = check(other)
    if verdict.ok:
        assert json.loads(other) == json.loads(file)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data):
    assert not check(data).ok


def test_cut_short_it_is_refused():
    for file in files()[:5]:
        for size in range(0, len(file) - 2, 97):
            assert not check(file[:size]).readable
