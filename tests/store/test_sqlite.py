"""What SQLite says of itself, in words that the rest of the node understands."""

import pytest
from django.db import DatabaseError

from hansa.kernel import sqlite
from hansa.kernel.errors import Refused
from hansa.kernel.say import _in_words


class Damaged:
    """A connection to a database whose schema is malformed where its name stands: the driver cannot read the message."""

    vendor = "sqlite"

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def execute(self, _statement):
        b"malformed database schema (\xff)".decode()


def test_a_malformed_schema_whose_name_nobody_can_read_is_said_to_be_damage():
    with pytest.raises(DatabaseError) as failed:
        sqlite.settle(Damaged())
    told = _in_words(failed.value)
    assert isinstance(told, Refused)
    assert told.code == "damaged"
