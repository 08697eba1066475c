"""Names on the map: none covers another, and none is lost."""

from itertools import combinations
from math import hypot

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.web.labels import place, spread

FRAME = (995, 610)

# The fifteen members of the demo: five cities within or beside their own state's marker.
CROWDED = [
    ((86.8, 363.1), "Los Angeles"), ((38.0, 264.0), "San Francisco"), ((98.0, 53.0), "Seattle"), ((81.0, 95.0), "Portland"),
    ((541.8, 161.0), "Minneapolis"), ((905.0, 167.0), "Boston"), ((862.0, 216.0), "New York"), ((640.0, 225.0), "Chicago"),
    ((82.1, 287.9), "California"), ((833.9, 171.7), "New York State"), ((617.0, 268.0), "Illinois"), ((125.0, 65.0), "Washington"),
    ((103.0, 138.0), "Oregon"), ((524.7, 131.9), "Minnesota"), ((896.9, 172.3), "Massachusetts"),
]  # fmt: skip


def covers(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_no_name_of_the_demo_covers_another_or_a_marker():
    markers = list(
        zip(spread([at for at, _ in CROWDED], 15), [name for _, name in CROWDED], strict=True)
    )
    labels = place(markers, size=15, radius=6.5, frame=FRAME)
    for one, other in combinations(labels, 2):
        assert not covers(one.box, other.box)
    for label in labels:
        for (x, y), _name in markers:
            assert not covers(label.box, (x - 6.5, y - 6.5, x + 6.5, y + 6.5))
        assert label.box[0] >= 0
        assert label.box[2] <= FRAME[0]


def test_members_at_one_spot_are_set_apart_and_the_first_stays():
    apart = spread([(100.0, 100.0)] * 6, 15)
    assert apart[0] == (100.0, 100.0)
    for one, other in combinations(apart, 2):
        assert hypot(one[0] - other[0], one[1] - other[1]) >= 15


spots = st.lists(
    st.tuples(
        st.tuples(st.floats(0, 975), st.floats(0, 610)), st.text("abc ", min_size=1, max_size=20)
    ),
    max_size=25,
)


@given(spots)
@settings(deadline=None)
def test_every_marker_gets_its_name_and_the_same_markers_the_same_places(markers):
    first = place(markers, size=15, radius=6.5, frame=FRAME)
    assert len(first) == len(markers)
    assert first == place(markers, size=15, radius=6.5, frame=FRAME)
