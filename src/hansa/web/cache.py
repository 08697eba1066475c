"""A cache that all processes on one database share: what failed sign-ins are counted in.

Values are JSON, never pickled: whoever can write the database must not thereby run code in the server.
"""

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from hansa.kernel import clock
from hansa.kernel.models import Passing

_TABLE = f'"{Passing._meta.db_table}"'
FOR_EVER = 1e12


class Table(BaseCache):
    """Django's cache, in the table of what passes. `add` is atomic, so that it can be a lock."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        """Take the settings that every cache has."""
        super().__init__(params)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keep the value unless there is one; tell whether it was kept."""
        return self._put(key, value, timeout, version, f"WHERE {_TABLE}.until <= %s")

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or the default where there is none any more."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT value FROM {_TABLE} WHERE key = %s AND until > %s",  # noqa: S608 - our own name
                [self._key(key, version), _now()],
            )
            found = cursor.fetchone()
        return default if found is None else json.loads(found[0])

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Keep the value."""
        self._put(key, value, timeout, version, "")

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep the value for longer; tell whether there is one."""
        found = Passing.objects.filter(key=self._key(key, version), until__gt=_now())
        return bool(found.update(until=self._until(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget the value; tell whether there was one."""
        return bool(Passing.objects.filter(key=self._key(key, version)).delete()[0])

    def clear(self) -> None:
        """Forget everything."""
        Passing.objects.all().delete()

    def _put(self, key: str, value: Any, timeout: Any, version: int | None, only: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_TABLE} (key, value, until) VALUES (%s, %s, %s)"  # noqa: S608 - our own name
                f" ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until {only}",
                [
                    *(self._key(key, version), json.dumps(value), self._until(timeout)),
                    *([_now()] if only else []),
                ],
            )
            return bool(cursor.rowcount)

    def _key(self, key: str, version: int | None) -> str:
        made: str = self.make_and_validate_key(key, version=version)
        return made

    def _until(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return FOR_EVER if seconds is None else _now() + float(seconds)


def sweep() -> None:
    """Delete what has passed."""
    Passing.objects.filter(until__lte=_now()).delete()


def _now() -> float:
    return clock.machine().timestamp()
