"""Amounts with two decimals: typed as people type them, kept as whole hundredths."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from hansa.pages.widgets import Hundredths, shown_hundredths

FIELD = Hundredths(least=0, most=10**12)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1250", 125_000),
        ("1,250.00", 125_000),
        ("1.250,00", 125_000),
        ("1,250", 125_000),
        ("1250.5", 125_050),
        ("12,5", 1_250),
        ("0.07", 7),
        ("$ 14.50", 1_450),
        ("1 250 000.25", 125_000_025),
        ("", None),
    ],
)
def test_an_amount_is_read_as_it_was_meant(typed, cents):
    assert FIELD.clean(typed) == cents if typed else FIELD.to_python(typed) is None


@pytest.mark.parametrize(
    "typed", ["12.345.6", "1,2,3", "1.2.3", "-5", "ten", "1e3", "1,25.00", "٣"]
)
def test_what_could_be_two_amounts_is_refused(typed):
    with pytest.raises(ValidationError):
        FIELD.clean(typed)


@given(st.integers(0, 10**12))
def test_what_is_shown_is_read_back(cents):
    assert FIELD.clean(shown_hundredths(cents)) == cents


def test_bounds_are_said_in_the_same_amounts():
    with pytest.raises(ValidationError, match=r"0\.01 to 10\.00"):
        Hundredths(least=1, most=1_000).clean("10.01")
