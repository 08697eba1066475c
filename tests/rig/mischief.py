"""Entries that no honest node would write, signed all the same by the key of their log."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hansa.kernel import clock
from hansa.kernel.entry import SALT, write_header
from hansa.kernel.home import home
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.record import KINDS
from hansa.kernel.ref import position
from tests.rig.dice import Dice

TRICKS = (
    "garbage", "nobody's office", "another's office", "forged citation", "missing citation",
    "unknown kind", "wrong audience", "unheard-of epoch", "another's row", "erases another's",
    "the same commitment twice", "a body never shown", "a time long past", "a citation of what will come",
    "wild words",
)  # fmt: skip


def misbehave(log: str, dice: Dice) -> str:
    """Write one entry of a bad sort into this node's own log; say which sort."""
    trick = dice.one(TRICKS)
    body, audience, held = _body(trick, log, dice)
    at = clock.now() - (timedelta(days=9000) if trick == "a time long past" else timedelta())
    _append(log, body, audience, at, held=held)
    return trick


def write(log: str, kind: str, says: dict[str, Any], cites: Iterable[str]) -> str:
    """Write a record of any kind into this node's own log, whatever its door would say; return its position."""
    refs = {
        one.position: b64encode(bytes(one.leaf)).decode()
        for one in Entry.objects.all()
        if one.position in set(cites)
    }
    envelope = {"kind": kind, "by": f"{log}@0", "refs": refs, "says": says, "approvals": []}
    return _append(log, bytes(SALT) + msgspec.json.encode(envelope), "pact", clock.now())


def _append(log: str, body: bytes, audience: str, at: datetime, *, held: bool = True) -> str:
    kept = Log.objects.get(name=log)
    entry = write_header(log, kept.size, at, audience, body)
    frontier = Frontier.from_bytes(bytes(kept.frontier))
    frontier.append(leaf_hash(entry))
    note = home().keys.sign(log, kept.origin, frontier.size, frontier.root())
    ingest([Bundle(log, note.encode(), [entry], [body if held else None])])
    return position(log, kept.size)


def _body(trick: str, log: str, dice: Dice) -> tuple[bytes, str, bool]:
    """Return salted bytes, the audience that the header will claim, and whether anybody will see the bytes."""
    salt = dice.randbytes(SALT)
    audience, held = "pact", trick != "a body never shown"
    if trick == "garbage":
        return salt + dice.randbytes(dice.randrange(200)), audience, held
    if trick == "the same commitment twice":
        mine = [one.id for one in Entry.objects.filter(log=log).order_by("index")]
        older = Body.objects.filter(entry_id__in=mine).order_by("entry_id")
        return bytes(dice.one(list(older)).data), audience, held
    if trick == "wrong audience":
        audience = dice.one(["own", "elsewhere", "pact:e", f"{log}@0"])
    if trick == "unheard-of epoch":
        audience = f"e-{dice.randbytes(16).hex()}"
    kind, by, says, refs = _words(trick, log, dice)
    envelope = {"kind": kind, "by": by, "refs": refs, "says": says, "approvals": []}
    return salt + msgspec.json.encode(envelope), audience, held


def _words(trick: str, log: str, dice: Dice) -> tuple[str, str, Any, dict[str, str]]:
    entries = list(Entry.objects.order_by("log", "index"))
    others = [one for one in entries if one.log != log] or entries
    cited = dice.one(others if trick in {"another's row", "erases another's"} else entries)
    by = f"{dice.one(others).log}@0" if trick == "another's office" else f"{log}@0"
    if trick == "nobody's office":
        by = f"{log}@{dice.randint(1, 40)}"
    leaves = {one.position: bytes(one.leaf) for one in entries}
    told = {"on": cited.position, "text": "Listen to me."}
    kind, says = "pact.note/1", dict[str, Any](told)
    if trick == "unknown kind":
        kind = "no.such/1"
    if trick == "another's row":
        kind, says = "pact.fact-withdrawal/1", {"fact": cited.position, "why": "So."}
    if trick == "erases another's":
        kind, says = "kernel.erasure/1", {"target": cited.position, "ground": "So."}
    if trick == "wild words":
        kind = dice.one(sorted(KINDS))
        says = msgspec.to_builtins(KINDS[kind].example())
        says[dice.one(sorted(says) or ["x"])] = dice.one([None, 2**70, "", [[]], {"a": 1}, "\x00"])
    refs = {ref: leaves.get(ref, bytes(32)) for ref in {cited.position: 0, by: 0}}
    if trick == "forged citation":
        refs[cited.position] = dice.randbytes(32)
    if trick == "missing citation":
        refs.pop(cited.position, None)
    if trick == "a citation of what will come":
        refs[f"{dice.one(entries).log}@{dice.randint(5, 60)}"] = bytes(32)
    return kind, by, says, {ref: b64encode(leaf).decode() for ref, leaf in refs.items()}
