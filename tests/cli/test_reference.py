"""The reference pages never lag behind what they describe."""

from hansa.node.commands.reference import FOLDER, pages


def test_the_pages_are_as_the_source_has_it():
    late = [
        name
        for name, text in pages().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
    ]
    assert not late, "Run: hansa reference"
