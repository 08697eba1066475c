"""What a hostile node answers: things from the past or of others, nonsense, too much; and answers forged with care."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from hansa.kernel.errors import Untrusted
from hansa.kernel.sync import wire
from hansa.kernel.sync.wire import End, Segment
from tests.rig.dice import Dice

Reply = tuple[int, bytes]

ADDED_AT_MOST = 40


def tear(data: bytes, drawn: Dice) -> bytes:
    """Cut bytes off, change one, or add some."""
    if not data:
        return data
    how = drawn.randrange(3)
    if how == 0:
        return data[: drawn.randrange(len(data))]
    if how == 1:
        changed = bytearray(data)
        changed[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
        return bytes(changed)
    return data + drawn.randbytes(drawn.randint(1, ADDED_AT_MOST))


def lie(
    reply: Reply,
    before: Sequence[Reply],
    answers: Mapping[tuple[str, str], Sequence[Reply]],
    drawn: Dice,
) -> Reply:
    """Return an answer that is not the true one, or not only: `before` are earlier ones to this question."""
    status, data = reply
    if drawn.chance(0.5):
        return status, forge(data, drawn)
    lies: list[Callable[[], Reply]] = [
        lambda: before[0],
        lambda: drawn.one(before),
        lambda: drawn.one(answers[drawn.one(sorted(answers))]),
        lambda: (200, drawn.randbytes(drawn.randrange(3000))),
        lambda: (drawn.one([200, 204, 301, 404, 409, 422, 500]), data),
        lambda: (status, data * 40),
        lambda: (status, tear(data, drawn)),
        lambda: (200, b"[" * 5000),
    ]
    return drawn.one(lies)()


def forge(data: bytes, drawn: Dice) -> bytes:
    """Return an answer to a pull in which one thing is false and all the rest as it should be."""
    try:
        segments, end = wire.whole(data)
    except Untrusted:
        return tear(data, drawn)
    full = [i for i, one in enumerate(segments) if one.entries]
    if full:
        i = drawn.one(full)
        segments[i] = _segment(segments[i], segments, drawn)
    else:
        end = _end(end, drawn)
    return wire.frames([*segments, end])


def _segment(one: Segment, others: Sequence[Segment], drawn: Dice) -> Segment:
    entries, bodies = list(one.entries), list(one.bodies)
    i = drawn.randrange(len(entries))
    text = entries[i]
    how = drawn.randrange(9)
    if how == 0:  # another time: the seconds' last digit
        at = text.index(b'"t":"') + 23
        entries[i] = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
    elif how == 1:  # for others than it was meant
        entries[i] = text.replace(b'"aud":"pact:e"', b'"aud":"pact"').replace(
            b'"aud":"own"', b'"aud":"pact"'
        )
    elif how == 2:  # another's body
        bodies[i] = drawn.one([body for other in others for body in other.bodies])
    elif how == 3:  # a body of the right length
        bodies[i] = drawn.randbytes(len(bodies[i] or b"x" * 99))
    elif how == 4:  # fewer than the head says
        entries, bodies = entries[:-1], bodies[:-1]
    elif how == 5:  # twice
        entries, bodies = [*entries, entries[-1]], [*bodies, bodies[-1]]
    elif how == 6:  # in another order
        entries.reverse()
        bodies.reverse()
    elif how == 7:
        return msgspec.structs.replace(one, note=drawn.one(others).note)
    else:
        return msgspec.structs.replace(one, start=max(0, one.start + drawn.one([-1, 1])))
    return msgspec.structs.replace(one, entries=entries, bodies=bodies)


def _end(end: End, drawn: Dice) -> End:
    sizes = {log: drawn.one([0, size, size + 1, 2**40]) for log, size in end.sizes.items()}
    heads = dict(end.heads)
    if len(heads) > 1:
        names = sorted(heads)
        heads[names[0]] = heads[drawn.one(names)]
    return msgspec.structs.replace(end, sizes=sizes, heads=heads, more=drawn.chance(0.5))
