"""Everything that people read stands in Spanish too, and says the same of the same things."""

import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from hansa.node.commands.messages import LOCALE
from hansa.node.words import gather

PLACES = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]|\{[a-z_]*\}|</?[a-z]+[^>]*>")


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    with (LOCALE / "es" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale="es")


def test_every_sentence_has_its_spanish(spanish):
    missing = [
        message.id
        for message in gather()
        if message.id and not _said(spanish, message.id, message.context)
    ]
    assert not missing, f"run: hansa messages --gather, and translate {missing}"


def test_no_translation_is_left_of_words_that_are_gone(spanish):
    here = {(message.context, message.id) for message in gather()}
    assert [m.id for m in spanish if m.id and (m.context, m.id) not in here] == []


def test_each_translation_names_what_its_original_names(spanish):
    for message in spanish:
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        translations = message.string if isinstance(message.string, tuple) else (message.string,)
        for original, translation in zip(originals, translations, strict=True):
            assert sorted(set(PLACES.findall(translation))) == sorted(
                set(PLACES.findall(original))
            ), original


def test_the_gatherer_sees_every_sort_of_source():
    said = {message.id for message in gather()}
    assert "How many?" in said, "questions of kinds"
    assert "{author} needs {quantity} {unit} of {item} by {due}." in said or any(
        "needs" in str(words) for words in said
    )
    assert "it cites a void record" in said, "reasons"
    assert "Search" in said, "templates"


def test_the_file_that_is_read_is_the_one_that_was_compiled(tmp_path: Path):
    from hansa.node.commands.messages import compile_messages

    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = LOCALE / "es" / "LC_MESSAGES" / "django.po"
    (folder / "django.po").write_bytes(source.read_bytes())
    [compiled] = compile_messages(tmp_path)
    assert _compiled(source.with_suffix(".mo")) == _compiled(compiled), "run: hansa messages"


def _compiled(path: Path) -> dict[object, str]:
    with path.open("rb") as file:
        catalog: dict[object, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {words: said for words, said in catalog.items() if words}


def _said(catalog: Catalog, words: str | tuple[str, ...] | list[str], context: str | None) -> bool:
    found = catalog.get(words if isinstance(words, str) else words[0], context)
    if found is None:
        return False
    parts = found.string if isinstance(found.string, tuple) else (found.string,)
    return all(parts)
