"""Attachments in a carried folder, below `_files`: each by its SHA-256; what is sealed stays sealed, under a name that tells nothing.

As with bodies: what is for the pact, or for the reader's own officers alone, lies open in a folder that was made for that reader.
"""

import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from hansa.kernel import files
from hansa.kernel.entry import for_the_pact
from hansa.kernel.errors import Untrusted
from hansa.kernel.given import may_be_given
from hansa.kernel.models import Entry
from hansa.kernel.seal import keeping as seal
from hansa.kernel.sync import attached, rights, wire
from hansa.kernel.tiles import read_file, write_file

FOLDER = "_files"
_OURS = re.compile(r"[0-9a-f]{64}")


def write(folder: Path, reader: str | None, log: str | None = None) -> list[str]:
    """Write the attachments of all records that `reader` may have (without one: that are for the whole pact).

    Only of the records in `log`, where that is given. Returns a sentence for each that could not be written. An older folder may hold what was erased since, or
    what this reader may not see: that is deleted.
    """
    may = rights.of([reader]) if reader else lambda _log, audience: for_the_pact(audience)
    written: set[str] = set()
    trouble: list[str] = []
    for entry, file in attached.named():
        if log not in {None, entry.log} or not may(entry.log, entry.audience):
            continue
        name = seal.file_name(entry, file.sha256)
        if name in written or not files.kept(file.sha256):
            continue
        if not may_be_given(entry, file.sha256, lambda one: may(one.log, one.audience)):
            continue
        try:
            data = files.path_of(file.sha256).read_bytes()
        except Untrusted as error:
            trouble.append(error.sentence)
            continue
        write_file(folder / FOLDER / name, seal.seal_file(entry, file.sha256, data))
        written.add(name)
    for old in (folder / FOLDER).glob("*"):
        if old.name not in written and _OURS.fullmatch(old.name):
            old.unlink()
    return trouble


def reading(folder: Path) -> Callable[[wire.FileAsked], tuple[int, bytes]]:
    """Return what answers questions for parts of files from the folder; the file that was asked for last is remembered."""
    last: tuple[wire.FileAsked, bytes | None] | None = None

    def answer(asked: wire.FileAsked) -> tuple[int, bytes]:
        nonlocal last
        if last is None or _which(last[0]) != _which(asked):
            last = asked, _whole(folder, asked)
        whole = last[1]
        if whole is None:
            return 404, b""
        some = whole[asked.start : asked.start + asked.most]
        return 200, wire.encode(wire.FilePart(len(whole), some))

    return answer


def _which(asked: wire.FileAsked) -> tuple[str, int, str]:
    return asked.log, asked.index, asked.digest


def _whole(folder: Path, asked: wire.FileAsked) -> bytes | None:
    """Return the file, unsealed; None if it is not in the folder. Untrusted if it is not what it should be."""
    entry = Entry.objects.get(log=asked.log, index=asked.index)
    name = seal.file_name(entry, asked.digest)
    most = seal.sealed_size(settings.HANSA_LARGEST_FILE)
    data = read_file(folder, f"{FOLDER}/{name}", most)
    return None if data is None else seal.open_file(entry, asked.digest, data)
