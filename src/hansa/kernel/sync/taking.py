"""Taking in what a node brings that nobody can call: its own logs, and nobody else's.

Trust: the bearer of a session is believed to hold the keys of the logs in whose names the session was opened.
What it brings must prove itself as whatever is fetched.
"""

from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Log
from hansa.kernel.sync import wire


def take(body: bytes, givers: tuple[str, ...]) -> dict[str, int]:
    """Take in what a session's bearer gives of its own logs; return how many entries of each stand here now.

    Refused if it brings another's; Untrusted, with nothing kept, where something does not hold.
    """
    segments, _end = wire.whole(body)
    theirs = set(Log.objects.filter(name__in=givers, mine=False).values_list("name", flat=True))
    for one in segments:
        if one.log not in theirs:
            raise Refused(f"{one.log} is not yours to give.", code="not-yours")
    if segments:
        ingest(
            [
                Bundle(one.log, one.note, one.entries, one.bodies, one.proof, one.start)
                for one in segments
            ]
        )
        live.wake()
    return dict(Log.objects.filter(name__in=theirs).values_list("name", "size"))
