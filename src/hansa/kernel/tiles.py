"""A log as files: C2SP tlog-tiles v0.1 paths, hash tiles and entry bundles.

Writing cuts a stream of entries into files with bounded memory. Reading trusts nothing in the
folder: names are computed, never taken from it, links are not followed, sizes are bounded.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.merkle import HASH_SIZE, MAX_SIZE, Frontier, leaf_hash, root_of

WIDTH = 256
HEIGHT = 8
MAX_LEVEL = 63
MAX_ENTRY = 2**16 - 1
MAX_BUNDLE = WIDTH * (2 + MAX_ENTRY)

_TILE = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Name of one file: hashes of a level, or the entries themselves (`level` is None).

    `index` counts tiles in the level, `width` hashes or entries in this one (1 to 256).
    """

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Relative path with `/`, as C2SP tlog-tiles spells it."""
        digits = str(self.index)
        digits = digits.zfill(-len(digits) // 3 * -3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        spelled = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{spelled}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a path as written by `path`; `Untrusted` for any other spelling."""
        found = _TILE.fullmatch(path) if len(path) < MAX_ENTRY else None
        if not found or not path.isascii():
            raise Untrusted(f"Not a tile: {path[:80]!r}.")
        level = None if found["level"] == "entries" else int(found["level"])
        digits = found["index"].replace("x", "").replace("/", "")
        if len(digits) > len(str(MAX_SIZE)) + 2 or (level or 0) > MAX_LEVEL:
            raise Untrusted(f"Not a tile: {path[:80]!r}.")
        tile = cls(level, int(digits), int(found["width"] or WIDTH))
        if tile.path != path or tile.width > WIDTH:
            raise Untrusted(f"Not a tile: {path[:80]!r}.")
        return tile


def bundles(size: int) -> Iterator[Tile]:
    """Every entry bundle of a log of `size` entries, in order; each names up to 256 entries."""
    for start in range(0, size, WIDTH):
        yield Tile(None, start // WIDTH, min(WIDTH, size - start))


@dataclass(slots=True)
class HashTiles:
    """Cuts a growing sequence of leaf hashes into the hash tiles of every level."""

    _open: list[list[bytes]] = field(default_factory=lambda: [[]])
    _full: list[int] = field(default_factory=lambda: [0])

    def extend(self, hashes: Iterable[bytes], level: int = 0) -> Iterator[tuple[Tile, bytes]]:
        """Take hashes of one level and yield each tile that becomes full, with its bytes."""
        for one in hashes:
            self._open[level].append(one)
            if len(self._open[level]) < WIDTH:
                continue
            done = self._open[level]
            yield Tile(level, self._full[level]), b"".join(done)
            self._open[level] = []
            self._full[level] += 1
            if level + 1 == len(self._open):
                self._open.append([])
                self._full.append(0)
            yield from self.extend([root_of(done)], level + 1)

    def rest(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the partial tiles at the tree's right edge."""
        for level, hashes in enumerate(self._open):
            if hashes:
                yield Tile(level, self._full[level], len(hashes)), b"".join(hashes)


def pack_bundle(entries: Sequence[bytes]) -> bytes:
    """Bytes of an entry bundle: each entry after its length as uint16, big-endian.

    `Refused` when an entry is longer than 65,535 bytes.
    """
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise Refused(
                f"A log entry may have {MAX_ENTRY} bytes, this one has {len(entry)}.",
                code="entry-too-long",
            )
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_bundle(data: bytes, width: int, what: str) -> list[bytes]:
    """Read exactly `width` entries that fill `data`; `Untrusted` naming `what` otherwise."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) <= width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise Untrusted(f"{what} is cut short inside entry {len(entries)} of the bundle.")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        raise Untrusted(f"{what} does not hold the {width} entries that it should hold.")
    return entries


def write_file(path: Path, data: bytes) -> None:
    """Write a file that is whole or absent, even when the machine stops; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for their owner alone; an export is there to be handed on.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_tree(folder: Path, entries: Iterable[bytes]) -> Frontier:
    """Write all hash tiles and entry bundles of a log and return its frontier (size and root).

    Memory does not grow with the log. Files that another, shorter run left are overwritten or
    stay beside; the checkpoint says which ones count.
    """
    frontier, tiles = Frontier(), HashTiles()
    for bundle in _chunks(entries):
        tile = Tile(None, frontier.size // WIDTH, len(bundle))
        write_file(folder / tile.path, pack_bundle(bundle))
        hashes = [leaf_hash(entry) for entry in bundle]
        frontier.extend(hashes)
        for hash_tile, data in tiles.extend(hashes):
            write_file(folder / hash_tile.path, data)
    for hash_tile, data in tiles.rest():
        write_file(folder / hash_tile.path, data)
    return frontier


def _chunks(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for entry in entries:
        chunk.append(entry)
        if len(chunk) == WIDTH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def read_file(folder: Path, name: str, limit: int) -> bytes | None:
    """Bytes of a plain file inside `folder`, or None when there is none.

    `name` is relative, with `/`. Below `folder` no link is followed and nothing but a plain
    file of at most `limit` bytes is read; anything else is `Untrusted`.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} or "\0" in part or "\\" in part for part in parts):
        raise Untrusted(f"Not a name inside the folder: {name[:80]!r}.")
    try:
        handle = _open_inside(folder, parts)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Untrusted(f"{name} cannot be read ({error.strerror}).") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Untrusted(f"{name} is not a plain file.")
    with os.fdopen(handle, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Untrusted(f"{name} is larger than the {limit} bytes that it may have.")
    return data


def _open_inside(folder: Path, parts: Sequence[str]) -> int:
    """Open step by step, so that no link on the way can lead outside.

    O_NONBLOCK keeps a named pipe in the folder from holding us for ever.
    """
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            below = os.open(
                part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here
            )
            os.close(here)
            here = below
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(parts[-1], flags, dir_fd=here)
    finally:
        os.close(here)


def needed(tile: Tile, size: int) -> bool:
    """Whether a log of `size` entries has this tile, with this width."""
    count = size >> (HEIGHT * (tile.level or 0))
    full, partial = divmod(count, WIDTH)
    if tile.width == WIDTH:
        return tile.index < full
    return tile.index == full and tile.width == partial


def read_hashes(folder: Path, tile: Tile) -> list[bytes]:
    """Return the hashes of one tile; `Untrusted` when it is absent or not exactly as wide."""
    data = read_file(folder, tile.path, tile.width * HASH_SIZE)
    if data is None:
        raise Untrusted(f"{tile.path} is missing.")
    if len(data) != tile.width * HASH_SIZE:
        raise Untrusted(f"{tile.path} is cut short: {len(data)} bytes.")
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def read_bundle(folder: Path, tile: Tile) -> list[bytes]:
    """Return the entries of one bundle; `Untrusted` when it is absent or malformed."""
    data = read_file(folder, tile.path, MAX_BUNDLE)
    if data is None:
        raise Untrusted(f"{tile.path} is missing.")
    return unpack_bundle(data, tile.width, tile.path)


def read_entries(folder: Path, size: int) -> Iterator[bytes]:
    """Yield the first `size` entries in order, one bundle in memory at a time.

    They are well formed but not yet proved: compare their root with a signed checkpoint.
    `Untrusted` at the first bundle that is missing or malformed.
    """
    for tile in bundles(size):
        yield from read_bundle(folder, tile)
