"""History in sentences: each entry as its kind's sentence, with names for what it cites."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from hansa.kernel.codes import VOID
from hansa.kernel.entry import Envelope, read_envelope
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import Field
from hansa.kernel.models import Body, Entry, Fate, Row
from hansa.kernel.officers import officer_model
from hansa.kernel.reading import names_of_members
from hansa.kernel.record import KINDS, PACT, Record
from hansa.kernel.seal import keeping as seal
from hansa.kernel.store import DbShelf


@dataclass(frozen=True, slots=True)
class Told:
    """One entry for a person to read. `why` says in words why a void entry counts for nothing."""

    entry: Entry
    position: str
    at: datetime
    author: str
    officer: str
    sentence: str
    kind: str
    fate: str
    reason: str
    why: str
    subject: str
    record: Record | None


class _Names(dict[str, str]):
    """Words for a sentence; a name that the sentence uses and nobody supplied stays visible as itself."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def tell(entries: Iterable[Entry]) -> list[Told]:
    """Tell the entries, in their order, with a number of queries that does not depend on theirs."""
    listed = list(entries)
    data = Body.objects.in_bulk([entry.id for entry in listed])
    opened = {one.id: seal.plain(one, bytes(data[one.id].data)) for one in listed if one.id in data}
    bodies = {number: body for number, body in opened.items() if body is not None}
    said = {entry.id: _read(bodies[entry.id]) for entry in listed if entry.id in bodies}
    names = names_of((envelope, record) for envelope, record in said.values())
    authors = names_of_members({entry.log for entry in listed})
    return [_told(entry, said.get(entry.id, (None, None)), names, authors) for entry in listed]


def _read(body: bytes) -> tuple[Envelope | None, Record | None]:
    try:
        envelope = read_envelope(body)
        kind = KINDS.get(envelope.kind)
        return envelope, kind.decode(envelope.says) if kind else None
    except (Untrusted, ValueError):
        return None, None


def _told(
    entry: Entry,
    said: tuple[Envelope | None, Record | None],
    names: Mapping[tuple[type[Row], str], str],
    authors: Mapping[str, str],
) -> Told:
    envelope, record = said
    author = authors.get(entry.log, entry.log)
    officer = next(
        (
            name
            for (model, key), name in names.items()
            if envelope and key == envelope.by and model is officer_model()
        ),
        "",
    )
    return Told(
        entry=entry,
        position=entry.position,
        at=entry.at,
        author=author,
        officer=officer,
        sentence=_sentence(entry, author, record, names),
        kind=entry.kind,
        fate=entry.fate,
        reason=entry.reason,
        why=_(VOID[entry.reason]) if entry.reason in VOID else entry.reason,
        subject=entry.subject,
        record=record,
    )


def _sentence(
    entry: Entry, author: str, record: Record | None, names: Mapping[tuple[type[Row], str], str]
) -> str:
    if record is not None and entry.fate in {Fate.DONE, Fate.VOID, Fate.WAITING}:
        return sentence_of(record, author, names)
    if entry.fate == Fate.ERASED:
        return _("%(author)s: a record whose content was erased.") % {"author": author}
    if entry.fate == Fate.UNREAD:
        return _("%(author)s: a record whose content is not here.") % {"author": author}
    return _("%(author)s: a record of a kind this node does not know (%(kind)s).") % {
        "author": author,
        "kind": entry.kind,
    }


def sentence_of(record: Record, author: str, names: Mapping[tuple[type[Row], str], str]) -> str:
    """Return what the record says, as its kind's sentence."""
    words = _Names(
        {field.name: shown(field, getattr(record, field.name), names) for field in record.fields}
    )
    words.update({name: str(word) for name, word in record.in_words().items()})
    words["author"] = author
    return _(record.sentence).format_map(words)


def shown(field: Field, value: Any, names: Mapping[tuple[type[Row], str], str]) -> str:
    """Return a field's value in words."""
    if value is None:
        return "–"
    if field.type in {"ref", "refs"}:
        keys = [value] if field.type == "ref" else value
        return ", ".join(
            next(
                (
                    name
                    for (model, key), name in names.items()
                    if key == one and issubclass(model, field.of)
                ),
                one,
            )
            for one in keys
        )
    if field.type == "moment":
        return moment(value)
    if field.type == "integer":
        return number_format(value, force_grouping=True)
    if field.type == "flag":
        return _("yes") if value else _("no")
    if field.type == "choice":
        return str(value.label)
    if field.type == "choices":
        return ", ".join(str(one.label) for one in value)
    return str(value)


def moment(at: datetime) -> str:
    """Return a moment in the reader's time zone, which it names."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'D j M Y, H:i')} {local.tzname()}"


def names_of(
    said: Iterable[tuple[Envelope | None, Record | None]],
) -> dict[tuple[type[Row], str], str]:
    """Return the names of the rows that these records cite, one query for each sort of row.

    A row that is for its own member alone keeps its name: anybody may cite it, and the sentence is read by all.
    """
    wanted: dict[type[Row], set[str]] = defaultdict(set)
    anything: set[str] = set()
    officers = officer_model()
    for envelope, record in said:
        if envelope is not None and officers is not None and envelope.by:
            wanted[officers].add(envelope.by)
        for ref, field in record.citations() if record is not None else []:
            (anything if field.of is Row else wanted[field.of]).add(ref)
    for ref, cited in DbShelf().cited(anything).items():
        if cited.kind in KINDS:
            wanted[KINDS[cited.kind].row].add(ref)
    return {
        (model, row.key): str(row)
        for model, keys in wanted.items()
        for row in model._default_manager.filter(pk__in=keys, audience=PACT)
    }
