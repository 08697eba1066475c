"""The map's projection and outlines, against figures made by d3-geo 3 and by hand."""

import gzip
import json
from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel.errors import Untrusted
from hansa.web import atlas

KNOWN = {
    # geoAlbersUsa().scale(1300).translate([487.5, 305]) of d3-geo 3.1
    "Los Angeles": ((-118.2428, 34.0537), (86.83641643197552, 363.08941500659523)),
    "Washington, DC": ((-77.0369, 38.9072), (827.428627167461, 267.315273920894)),
    "Anchorage": ((-149.9003, 61.2181), (112.277427569713, 544.2779162203778)),
    "Honolulu": ((-157.8583, 21.3069), (266.95994676863154, 549.1903729395863)),
    "Minneapolis": ((-93.2654, 44.9772), (541.846103208842, 161.01579808017925)),
    "Attu, beyond the date line": ((172.9, 52.9), (-55.89237986093498, 572.0965577241546)),
    "Key West": ((-81.78, 24.55), (794.4229011003781, 604.5653648275675)),
}


@pytest.mark.parametrize("place", KNOWN)
def test_places_stand_where_d3_puts_them(place):
    (longitude, latitude), expected = KNOWN[place]
    assert atlas.albers_usa(longitude, latitude) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("place", [(-66.1, 18.46), (0.0, 51.5), (144.8, 13.45), (0.0, -90.0)])
def test_what_the_map_does_not_cover_is_nowhere_on_it(place):
    assert atlas.albers_usa(*place) is None


points = st.lists(st.tuples(st.floats(0, 975), st.floats(0, 610)), min_size=2, max_size=40)


@given(points, st.floats(0.1, 20))
def test_a_simplified_line_keeps_its_ends_and_strays_no_further_than_allowed(line, coarseness):
    short = atlas.simplify(line, coarseness)
    assert (short[0], short[-1]) == (line[0], line[-1])
    assert set(short) <= set(line)
    stretches = list(pairwise(short))
    for x, y in line:
        nearest = min(
            min(hypot(x - a[0], y - a[1]), hypot(x - b[0], y - b[1]), atlas._distance((x, y), a, b))
            for a, b in stretches
        )
        assert nearest <= coarseness + 1e-9


def topology(**changed: object) -> bytes:
    """Two states that share a border: one square each, drawn from three arcs."""
    made = {
        "type": "Topology",
        "transform": {"scale": [1, 1], "translate": [100, 50]},
        "arcs": [
            [[10, 0], [0, 10]],
            [[10, 10], [-10, 0], [0, -10], [10, 0]],
            [[10, 0], [10, 0], [0, 10], [-10, 0]],
        ],
        "objects": {
            "states": {
                "geometries": [
                    {
                        "type": "Polygon",
                        "id": "06",
                        "properties": {"name": "California"},
                        "arcs": [[0, 1]],
                    },
                    {
                        "type": "MultiPolygon",
                        "id": "32",
                        "properties": {"name": "Nevada"},
                        "arcs": [[[2, -1]]],
                    },
                ]
            }
        },
    }
    return json.dumps({**made, **changed}).encode()


def test_outlines_join_their_arcs_forwards_and_backwards():
    found = atlas.read_atlas(topology())
    assert found["CA"].path == "M110 50l0 10-10 0 0-10z"
    assert found["CA"].middle == pytest.approx((105, 55))
    assert found["NV"].path == "M110 50l10 0 0 10-10 0z"
    assert found["NV"].middle == pytest.approx((115, 55))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"arcs": 3}',
        topology(arcs=[]),
        topology(transform={}),
        topology(arcs=[[[1]]] * 3),
        topology(objects={"states": {}}),
    ],
)
def test_a_damaged_atlas_is_said_to_be_one(data):
    with pytest.raises(Untrusted, match="damaged"):
        atlas.read_atlas(data)


def test_the_whole_country_fits_in_a_small_page():
    shapes = atlas.outlines()
    if not shapes:
        pytest.skip("the atlas is not installed")
    assert len(shapes) == 51
    paths = "".join(shape.path for shape in shapes.values())
    assert len(gzip.compress(paths.encode())) < 20_000
    for code, (longitude, latitude) in {
        "CO": (-105.5, 39.0),
        "MN": (-94.3, 46.3),
        "AK": (-152.0, 64.5),
        "MI": (-84.7, 43.6),
    }.items():
        at = atlas.albers_usa(longitude, latitude)
        assert at is not None
        assert hypot(at[0] - shapes[code].middle[0], at[1] - shapes[code].middle[1]) < 20
