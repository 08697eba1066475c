"""What others said they hold, kept in memory until `write` puts it into the lanes: answering must not wait for the disk."""

from threading import Lock

from django.conf import settings

from hansa.kernel import clock
from hansa.kernel.sync.models import Lane


class _Heard:
    lock = Lock()
    have: dict[str, dict[str, dict[str, int]]] = {}
    """By home, by the log in whose name was asked."""


def hold(reader: str, have: dict[str, int]) -> None:
    """Remember what the node of `reader` says it holds."""
    with _Heard.lock:
        _Heard.have.setdefault(str(settings.HANSA_HOME), {}).setdefault(reader, {}).update(have)


def write() -> int:
    """Write down what was heard since the last time; return how many lanes changed."""
    with _Heard.lock:
        found = _Heard.have.pop(str(settings.HANSA_HOME), {})
    now = clock.passing()
    lanes = [
        Lane(peer=reader, log=log, sent=size, at=now)
        for reader, have in found.items()
        for log, size in have.items()
    ]
    if lanes:
        Lane.objects.bulk_create(
            lanes,
            update_conflicts=True,
            unique_fields=["peer", "log"],
            update_fields=["sent", "at"],
            batch_size=500,
        )
    return len(lanes)
