"""How the keys of rows and the names of logs stand in addresses."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from hansa.kernel.ref import LOG_PATTERN


class LogConverter(StringConverter):
    """The name of a log, such as `us-ca`."""

    regex = LOG_PATTERN


class PositionConverter(StringConverter):
    """A record's position, such as `us-ca@17`."""

    regex = rf"{LOG_PATTERN}@[0-9]{{1,12}}"


class KeyConverter(StringConverter):
    """A row's key: `log@index`, or `log/suffix` with any further slashes."""

    regex = rf"{LOG_PATTERN}(?:@[0-9]{{1,12}}|/[^?#]{{1,136}})"


def register() -> None:
    """Make `<log:…>`, `<position:…>` and `<key:…>` known to Django; done once, before any urls are read."""
    register_converter(LogConverter, "log")
    register_converter(PositionConverter, "position")
    register_converter(KeyConverter, "key")
