"""The flow map shows the part of the country where the plan's members are, so that a phone can read it."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hansa.web.map import EDGE
from hansa.web.planmap import LEAST, Frame, frame


def pin(x: float, y: float) -> Any:
    return SimpleNamespace(at=(x, y), label=SimpleNamespace(box=(x, y - 8, x + 60, y + 8)))


places = st.tuples(st.floats(20, EDGE[0] - 100), st.floats(20, EDGE[1] - 20))


@given(st.lists(places, min_size=1, max_size=9))
def test_all_members_and_their_names_are_in_it_and_it_is_of_the_map(at):
    shown = frame([pin(x, y) for x, y in at])
    assert 0 <= shown.x <= shown.x + shown.width <= EDGE[0] + 1e-6
    assert 0 <= shown.y <= shown.y + shown.height <= EDGE[1] + 1e-6
    assert shown.width >= LEAST
    for x, y in at:
        assert shown.x - 1e-6 <= x <= x + 60 <= shown.x + shown.width + 1e-6
        assert shown.y - 1e-6 <= y <= shown.y + shown.height + 1e-6


def test_members_far_apart_and_nobody_show_all_of_it():
    assert frame([]) == Frame(0, 0, *EDGE)
    far = frame([pin(30, 30), pin(EDGE[0] - 100, EDGE[1] - 30)])
    assert far.width > 0.95 * EDGE[0]
    assert not far.near
    assert frame([pin(500, 300), pin(560, 320)]).near
