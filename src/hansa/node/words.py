"""Every sentence that a person may read on the screen, gathered from where it is written.

Three sources: Python (the gettext calls, and `ask`, `about`, `upon`), templates, and what stands in the
registry at run time: the kinds' sentences, the reasons for a void record, and those of the planner.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

from hansa.aid.planner.reason import SENTENCES
from hansa.kernel.codes import REFUSALS, VOID
from hansa.kernel.record import KINDS
from hansa.kernel.say import TROUBLE

PACKAGE = Path(__file__).resolve().parent.parent
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "ask": None,
    "about": None,
    "upon": None,
}
TERMINAL = {"cli", "commands", "scenario"}
"""Folders that speak to a terminal, in English alone."""

Message = tuple[str | None, str | tuple[str, str], str]
"""Context, words (or singular and plural), and the file they stand in."""


def gather() -> Catalog:
    """Return a catalogue of all messages, without translations, in the order of their words."""
    catalog = Catalog(project="Hansa", charset="utf-8")
    for context, words, place in sorted(
        set(_everything()), key=lambda message: (str(message[1]), message[2])
    ):
        catalog.add(words, context=context, locations=[(place, 0)])
    return catalog


def _everything() -> Iterator[Message]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if not TERMINAL & set(path.relative_to(PACKAGE).parts) and "migrations" not in path.parts:
            yield from _python(path.read_bytes(), path)
    for path in sorted(
        [*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]
    ):
        yield from _python(templatize(path.read_text("utf-8"), origin=str(path)).encode(), path)
    for tag in sorted(KINDS):
        kind = KINDS[tag]
        yield None, kind.sentence, f"sentence of {tag}"
        for field in kind.fields:
            if field.help:
                yield None, _source(field.help), f"{tag} {field.name}"
    machine = (sentence for _code, sentence in TROUBLE.values())
    for words in [*VOID.values(), *REFUSALS.values(), *machine, *SENTENCES.values()]:
        yield None, words, "reasons"


def _source(lazy: Any) -> str:
    """Return the words before translation, whatever language is set."""
    from django.utils.translation import override

    with override("en"):
        return str(lazy)


def _python(source: bytes, path: Path) -> Iterator[Message]:
    place = str(path.relative_to(PACKAGE))
    for _line, words, _comments, context in extract("python", io.BytesIO(source), KEYWORDS):
        if isinstance(words, tuple):
            found = [str(word) for word in words if word]
            if len(found) > 1:
                yield context, (found[0], found[1]), place
                continue
            words = found[0] if found else ""  # noqa: PLW2901 - the first text of a call is its message
        if words:
            yield context, words, place
