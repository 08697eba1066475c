"""Any valid record of any kind, drawn from the kind's own fields."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st

from hansa.kernel.fields import Field
from hansa.kernel.record import KINDS, Record

LOGS = ["here", "there"]
LEFT_OUT = object()

text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
moments = st.datetimes(datetime(1700, 1, 1), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone here
refs = st.builds("{}@{}".format, st.sampled_from(LOGS), st.integers(0, 30))


def values(field: Field) -> st.SearchStrategy[Any]:
    """Anything that the field takes."""
    most = min(field.most or 3, 3)
    by_type = {
        "text": text.map(lambda words: words[: field.most].ljust(field.least or 0, "x")),
        "prose": text.map(lambda words: words.ljust(field.least or 0, "x")),
        "integer": st.integers(field.least, field.most),
        "flag": st.booleans(),
        "moment": moments,
        "ref": refs,
        "refs": st.lists(refs, min_size=field.least or 0, max_size=max(most, field.least or 0)),
    }
    if field.type in by_type:
        drawn = by_type[field.type]
    elif field.type == "choice":
        drawn = st.sampled_from(list(field.of))
    elif field.type == "choices":
        drawn = st.lists(st.sampled_from(list(field.of)), min_size=field.least or 0, max_size=3)
    elif field.least is None:
        drawn = (
            st.just(msgspec.convert(field.example, field.of))
            if field.example
            else st.just(LEFT_OUT)
        )
    else:
        drawn = st.just([msgspec.convert(one, field.of) for one in field.example or []])
    return drawn if field.required else st.one_of(drawn, st.just(LEFT_OUT))


@st.composite
def records(draw: st.DrawFn, kind: type[Record]) -> Record:
    """Any record of this kind; an optional field may be left out."""
    drawn = {field.name: draw(values(field)) for field in kind.fields}
    return kind(**{name: value for name, value in drawn.items() if value is not LEFT_OUT})


any_record = st.sampled_from(sorted(KINDS)).flatmap(lambda tag: records(KINDS[tag]))
