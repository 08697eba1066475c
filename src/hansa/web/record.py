"""One record: what it says, who said it, what it touches, and the proof that it stands in its log."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.kernel.entry import SALT, read_header
from hansa.kernel.errors import Untrusted
from hansa.kernel.export import record_bundle, record_proof
from hansa.kernel.fields import Field
from hansa.kernel.merkle import leaf_hash
from hansa.kernel.models import Body, Entry, Erasure, Log, Row
from hansa.kernel.note import Verifier
from hansa.kernel.reading import may_read, readable
from hansa.kernel.record import KINDS, Record
from hansa.kernel.ref import split
from hansa.kernel.roots import keeping
from hansa.kernel.seal import keeping as seal
from hansa.kernel.telling import Told, shown
from hansa.kernel.witness.dating import Moment
from hansa.pact.moments import Moments
from hansa.pages import places
from hansa.pages.access import chair_of, signed_in
from hansa.web.approvals import approvals_of, word_only
from hansa.web.history import items, touching
from hansa.web.kinds import kind_words

NEWEST = 10
"""Entries shown in the record's own history; the history page has the rest."""

LONGEST = 20_000
"""Characters of a body that are shown; the download has all of it."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A record that this one cites: under which question, its name where the reader may know it, its address."""

    label: str
    position: str
    name: str

    @property
    def url(self) -> str:
        """Return the cited record's page."""
        return reverse("record", args=[self.position])


@dataclass(frozen=True, slots=True)
class Place:
    """The record's place in its log, and the proof of it. `holds` is what checking it just now gave."""

    log: Log
    key: Verifier
    size: int
    root: str
    leaf: str
    hashes: Sequence[str]
    holds: bool


@signed_in
def record(request: HttpRequest, position: str) -> HttpResponse:
    """Show the record. One that the reader may not read is as good as none."""
    log = _log(request)
    entry = _entry(position, log)
    (item,) = items([entry])
    body = Body.objects.filter(entry_id=entry.id).first()
    kept = bytes(body.data) if body else None
    data = seal.plain(entry, kept) if kept is not None else None
    row = subject_row(item.told, log)
    key = entry.subject or position
    touched = readable(Entry, log).filter(id__in=touching(key)).exclude(id=entry.id).order_by("-id")
    around = list(touched.defer("header", "leaf", "commitment")[: NEWEST + 1])
    context = {
        "item": item,
        "told": item.told,
        "position": position,
        "key": key,
        "row": row,
        "row_url": places.address(row),
        "kind_words": kind_words(entry.kind),
        "audience": seal.who_reads(entry),
        "fields": fields_of(item.told, log),
        "cited": cited(item.told, log),
        "approvals": approvals_of(entry),
        "word_only": word_only(entry),
        "header": bytes(entry.header).decode(errors="replace"),
        "header_time": _written(entry),
        "body": pretty(data),
        "salt": data[:SALT].hex() if data else "",
        "size": len(kept) if kept else 0,
        "erasure": Erasure.objects.filter(target=position).first(),
        "touching": items(around[:NEWEST]),
        "more": len(around) > NEWEST,
        "place": place_of(entry),
        "dated": dated(position, entry),
    }
    return render(request, "web/record.html", context)


@signed_in
def proof(request: HttpRequest, position: str) -> HttpResponse:
    """Download the record with its proof, as a zip that `hansa verify` accepts."""
    log = _log(request)
    _entry(position, log)
    name = f"{position.replace('@', '-')}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(
        record_bundle(position, log), content_type="application/zip", headers=headers
    )


def dated(position: str, entry: Entry) -> Moment | None:
    """Return when the witnesses saw the record; None where no policy is set, and its log's time is all there is."""
    moments = Moments()
    if not moments.witnessed:
        return None
    moments.learn([(position, entry.at)])
    return moments.known(position, entry.at)


def _log(request: HttpRequest) -> str | None:
    chair = chair_of(request)
    return chair.log if chair else None


def _entry(position: str, log: str | None) -> Entry:
    """Return the entry if the reader may read it; Http404 otherwise, which says no more than that."""
    name, index = split(position)
    entry = Entry.objects.filter(log=name, index=index).first()
    if entry is None or not may_read(entry, log):
        raise Http404
    return entry


def _written(entry: Entry) -> Any:
    """Return the author's own time, which the log's time may be later than."""
    try:
        return read_header(bytes(entry.header)).t
    except Untrusted:
        return None


def subject_row(told: Told, log: str | None) -> Row | None:
    """Return the row into which the record was folded, if the reader may read it."""
    kind = KINDS.get(told.kind)
    row = (
        kind.row._default_manager.filter(pk=told.subject).first() if kind and told.subject else None
    )
    return row if row is not None and may_read(row, log) else None


def names_of(record: Record, log: str | None) -> dict[tuple[type[Row], str], str]:
    """Return the names of the rows that the record cites, of those that the reader may read."""
    names: dict[tuple[type[Row], str], str] = {}
    wanted: dict[type[Row], set[str]] = {}
    for ref, field in record.citations():
        if field.of is not Row:
            wanted.setdefault(field.of, set()).add(ref)
    for model, keys in wanted.items():
        names.update(
            {(model, row.key): str(row) for row in readable(model, log).filter(pk__in=keys)}
        )
    return names


def fields_of(told: Told, log: str | None) -> list[tuple[str, Any, bool]]:
    """Return (question, answer, is it a list of parts) for each field that says something."""
    if told.record is None:
        return []
    names = names_of(told.record, log)
    found = []
    for field in told.record.fields:
        value = getattr(told.record, field.name)
        if value in (None, "", []):
            continue
        parts = parts_of(field, value)
        found.append(
            (
                str(field.label),
                parts if parts is not None else shown(field, value, names),
                parts is not None,
            )
        )
    return found


def parts_of(field: Field, value: Any) -> list[list[tuple[str, str]]] | None:
    """Return a structured value as a list of (name, text) lists; None for a plain one."""
    if field.type != "items":
        return None
    built = msgspec.to_builtins(value)
    return [
        [(name, text_of(one)) for name, one in part.items() if one not in ("", None, [])]
        for part in _listed(built)
    ]


def _listed(built: Any) -> Iterable[Mapping[str, Any]]:
    return built if isinstance(built, list) else [built]


def text_of(value: Any) -> str:
    """Return a part's value as text; what is deeper than one level as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def cited(told: Told, log: str | None) -> list[Cited]:
    """Return what the record cites, by question, and the office under which it was said."""
    found = []
    if told.entry.by:
        found.append(Cited(_("Said under the office:"), told.entry.by, told.officer))
    if told.record is not None:
        names = names_of(told.record, log)
        for ref, field in told.record.citations():
            found.append(Cited(str(field.label), ref, names.get((field.of, ref), "")))
    return found


def pretty(body: bytes | None) -> str:
    """Return a body's JSON laid out for reading, as far as it is JSON; the salt before it is left out."""
    if body is None:
        return ""
    text = body[SALT:].decode(errors="replace")
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        text = f"{_('This is no JSON, and is shown as it came.')}\n\n{text}"
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def place_of(entry: Entry) -> Place:
    """Return the record's place in its log, checked once more from the bytes that are kept here."""
    log = Log.objects.get(name=entry.log)
    key, leaf = Verifier.parse(log.vkey), leaf_hash(bytes(entry.header)).hex()
    if not log.note:  # cut back by its roots, and its new key has signed nothing yet
        return Place(log, key, log.size, "", leaf, [], holds=False)
    made = record_proof(entry.position)
    hashes = [one.hex() for one in made.hashes]
    for able in keeping.verifiers(log, keeping.size_of(made.checkpoint)):
        try:
            head = made.verify(bytes(entry.header), able)
        except Untrusted:
            continue
        return Place(log, able, head.size, head.root.hex(), leaf, hashes, holds=True)
    return Place(log, key, log.size, "", leaf, hashes, holds=False)
