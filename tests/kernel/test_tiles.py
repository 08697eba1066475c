"""Logs as files: the paths, what is written, and what a hostile folder may not do."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.tiles import (
    MAX_ENTRY,
    HashTiles,
    Tile,
    bundles,
    needed,
    pack_bundle,
    read_bundle,
    read_entries,
    read_file,
    read_hashes,
    unpack_bundle,
    write_file,
    write_tree,
)


def entries(size: int) -> list[bytes]:
    return [b"entry %d" % n for n in range(size)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 67, 1), "tile/0/067.p/1"),
        (Tile(1, 999), "tile/1/999"),
        (Tile(1, 1_000), "tile/1/x001/000"),
        (Tile(63, 1_234_067), "tile/63/x001/x234/067"),
        (Tile(None, 1_234_067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.none() | st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_a_path_reads_as_written(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/001/000",
        "tile/0/x000/000",
        "tile/0/x001/x000",
        "tile/0/x001",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/../tile/0/000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/entries/000.p/300",
        "tile/0/" + "x001/" * 50 + "000",
        "tile/0/" + "x001/" * 50_000 + "000",
    ],
)
def test_other_paths_are_untrusted(path: str) -> None:
    with pytest.raises(Untrusted):
        Tile.parse(path)


def test_a_tree_of_70000_has_the_files_of_the_specification() -> None:
    tiles = HashTiles()
    leaves = [leaf_hash(b"%d" % n) for n in range(70_000)]
    cut = [tile for tile, _ in [*tiles.extend(leaves), *tiles.rest()]]
    by_level = [[tile.width for tile in cut if tile.level == level] for level in range(4)]
    assert by_level == [[256] * 273 + [112], [256, 17], [1], []]
    assert all(needed(tile, 70_000) for tile in cut)
    assert not any(needed(tile, 69_999) for tile in cut[-1:] if tile.level == 0)


def test_a_tile_holds_the_tree_hashes_of_its_subtrees() -> None:
    tiles = HashTiles()
    leaves = [leaf_hash(b"%d" % n) for n in range(600)]
    cut = {tile.path: data for tile, data in [*tiles.extend(leaves), *tiles.rest()]}
    assert set(cut) == {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}
    assert cut["tile/0/002.p/88"] == b"".join(leaves[512:])
    assert cut["tile/1/000.p/2"] == root_of(leaves[:256]) + root_of(leaves[256:512])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 513])
def test_what_is_written_is_read_back(tmp_path: Path, size: int) -> None:
    frontier = write_tree(tmp_path, iter(entries(size)))
    assert (frontier.size, frontier.root()) == (size, root_of(list(map(leaf_hash, entries(size)))))
    assert list(read_entries(tmp_path, size)) == entries(size)
    found = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert all(needed(Tile.parse(path), size) for path in found)
    for tile in bundles(size):
        assert read_hashes(tmp_path, Tile(0, tile.index, tile.width)) == [
            leaf_hash(one) for one in read_bundle(tmp_path, tile)
        ]


def test_a_larger_or_smaller_size_than_written_is_untrusted(tmp_path: Path) -> None:
    write_tree(tmp_path, entries(300))
    for size in (299, 301, 512, 2**62):
        with pytest.raises(Untrusted, match="missing"):
            list(read_entries(tmp_path, size))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_bundles_read_as_written_and_notice_truncation(some: list[bytes]) -> None:
    data = pack_bundle(some)
    assert unpack_bundle(data, len(some), "x") == some
    for end in range(0, len(data), 7):
        with pytest.raises(Untrusted):
            unpack_bundle(data[:end], len(some), "x")
    for width in (len(some) - 1, len(some) + 1):
        with pytest.raises(Untrusted):
            unpack_bundle(data, width, "x")


@given(st.binary(max_size=200), st.integers(1, 256))
def test_any_bytes_are_a_bundle_or_untrusted(data: bytes, width: int) -> None:
    try:
        found = unpack_bundle(data, width, "x")
    except Untrusted:
        return
    assert pack_bundle(found) == data


def test_an_entry_has_its_largest_size(tmp_path: Path) -> None:
    write_tree(tmp_path, [b"x" * MAX_ENTRY])
    assert list(read_entries(tmp_path, 1)) == [b"x" * MAX_ENTRY]
    with pytest.raises(Refused) as refused:
        write_tree(tmp_path, [b"x" * (MAX_ENTRY + 1)])
    assert refused.value.code == "entry-too-long"


@pytest.mark.parametrize(
    "name",
    ["../secret", "a/../../secret", "/etc/passwd", "", ".", "a//b", "a\\b", "a\0b", "..", "a/."],
)
def test_names_that_leave_the_folder_are_untrusted(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(Untrusted):
        read_file(inside, name, 100)


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "up").symlink_to(tmp_path)
    (inside / "folder").mkdir()
    os.mkfifo(inside / "pipe")
    for name in ("link", "up/secret", "folder", "pipe", "pipe/x"):
        with pytest.raises(Untrusted):
            read_file(inside, name, 100)
    assert read_file(inside, "absent", 100) is None
    assert read_file(inside, "absent/absent", 100) is None


def test_a_file_over_its_limit_is_untrusted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 101)
    assert read_file(tmp_path, "file", 101) == b"x" * 101
    with pytest.raises(Untrusted, match="larger"):
        read_file(tmp_path, "file", 100)


@settings(max_examples=30)
@given(st.integers(0, 40))
def test_a_hash_tile_of_another_length_is_untrusted(length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile/0/000.p/1"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * length)
        if length == 32:
            assert read_hashes(Path(folder), Tile(0, 0, 1)) == [b"x" * 32]
        else:
            with pytest.raises(Untrusted):
                read_hashes(Path(folder), Tile(0, 0, 1))


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path / "file", b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_writing_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"old")
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    write_file(tmp_path / "file", b"new")
    assert (tmp_path / "elsewhere").read_bytes() == b"old"
    assert (tmp_path / "file").read_bytes() == b"new"
