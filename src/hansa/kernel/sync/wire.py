"""What nodes write to each other: questions and answers of `POST /sync/pull` and its neighbours, in MessagePack.

An answer to a pull is a row of frames, each with its length (four bytes, big-endian) before it. Every
segment proves itself, so the frames that came whole are of use although the line broke in the next.
Fields that a version does not know are passed over, so newer nodes may send more.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, TypeVar

import msgspec

from hansa.kernel.entry import LARGEST_BODY, LARGEST_HEADER
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import HASH_SIZE, MAX_PROOF, MAX_SIZE

TYPE = "application/vnd.hansa.sync"

PROTOCOL = 1
"""The version of this language, in every question and answer of a pull. A new number is for what older nodes would misread."""
OLDEST = 1
"""The oldest version that is still understood."""

MOST_LOGS = 10_000
"""Logs in one question."""
MOST_ENTRIES = 5_000
"""Entries in one answer."""
MOST_BYTES = 8 * 1024 * 1024
"""Bytes of entries and bodies in one answer; one record more than that may be in it."""
LARGEST_ANSWER = MOST_BYTES + 4 * 1024 * 1024
"""Bytes of a whole answer, heads and proofs included."""
LARGEST_QUESTION = 1024 * 1024
LONGEST_WAIT = 55.0
"""Seconds that an answer may be held back until there is something to say."""
MOST_PLACES = 1_000
"""Bodies asked for at once."""
LARGEST_NOTE = 16 * 1024
MOST_DOCUMENTS = 32
MOST_KEYS = 64
"""Members in whose names one node may ask."""

_LENGTH = 4
_Name = Annotated[str, msgspec.Meta(max_length=63)]
_Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE)]
_Sizes = Annotated[dict[_Name, _Size], msgspec.Meta(max_length=MOST_LOGS)]
_Note = Annotated[bytes, msgspec.Meta(max_length=LARGEST_NOTE)]
_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_SIZE, max_length=HASH_SIZE)]
_Entry = Annotated[bytes, msgspec.Meta(max_length=LARGEST_HEADER)]
_Body = Annotated[bytes, msgspec.Meta(max_length=LARGEST_BODY)]

T = TypeVar("T")


class Pull(msgspec.Struct, frozen=True):
    """What is new? `have` says of each log of interest how many entries the asker has, `keys` how many key documents.

    At most `most` entries and about `bytes` bytes; `wait` seconds if there is nothing yet. `heads` asks for
    the signed head of every log named, new or not.
    """

    have: _Sizes
    keys: _Sizes = {}
    most: Annotated[int, msgspec.Meta(ge=1)] = MOST_ENTRIES
    bytes: Annotated[int, msgspec.Meta(ge=1)] = MOST_BYTES
    wait: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    heads: bool = False
    protocol: int = 1


class Segment(msgspec.Struct, frozen=True, tag="segment"):
    """A stretch of a log from entry `start` on, under a signed head at its end or further on.

    `proof` shows that what ends with this stretch is a prefix of the head's tree (RFC 6962 section 2.1.2).
    A body is None where it is not here, or not for the asker.
    """

    log: _Name
    note: _Note
    start: _Size
    entries: Annotated[list[_Entry], msgspec.Meta(max_length=MOST_ENTRIES)]
    bodies: Annotated[list[_Body | None], msgspec.Meta(max_length=MOST_ENTRIES)]
    proof: Annotated[list[_Hash], msgspec.Meta(max_length=MAX_PROOF + 1)] = []


class End(msgspec.Struct, frozen=True, tag="end"):
    """The last frame: how many entries of each log can be had here, and whether more of them are new.

    `keys` are key documents that the asker lacks, `heads` the signed heads that it asked for.
    """

    sizes: _Sizes = {}
    more: bool = False
    keys: Annotated[
        dict[
            _Name,
            Annotated[
                list[Annotated[bytes, msgspec.Meta(max_length=65_536)]],
                msgspec.Meta(max_length=MOST_DOCUMENTS),
            ],
        ],
        msgspec.Meta(max_length=MOST_LOGS),
    ] = {}
    heads: Annotated[dict[_Name, _Note], msgspec.Meta(max_length=MOST_LOGS)] = {}
    protocol: int = 1


class Given(msgspec.Struct, frozen=True):
    """How many entries stand here now of each log that the giver may give."""

    sizes: _Sizes


class Places(msgspec.Struct, frozen=True):
    """Which bodies? Each by its log and index."""

    places: Annotated[list[tuple[_Name, _Size]], msgspec.Meta(max_length=MOST_PLACES)]


class Bodies(msgspec.Struct, frozen=True):
    """The bodies asked for, in the same order; None where one is not here or not for the asker."""

    bodies: Annotated[list[_Body | None], msgspec.Meta(max_length=MOST_PLACES)]


class FileAsked(msgspec.Struct, frozen=True):
    """Which part of an attachment? The record at this place names it; from byte `start` on, at most `most` bytes."""

    log: _Name
    index: _Size
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    start: _Size
    most: Annotated[int, msgspec.Meta(ge=1)] = MOST_BYTES


class FilePart(msgspec.Struct, frozen=True):
    """So many bytes the whole file has, and those that were asked for."""

    size: _Size
    data: Annotated[bytes, msgspec.Meta(max_length=MOST_BYTES)]


class Nonce(msgspec.Struct, frozen=True):
    """What to sign for it."""

    nonce: Annotated[str, msgspec.Meta(max_length=200)]


class Proven(msgspec.Struct, frozen=True):
    """The statements that were signed: for each log kept there a note over nonce and address."""

    notes: Annotated[dict[_Name, _Note], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]


class Token(msgspec.Struct, frozen=True):
    """What to bring along from now on, for so many seconds."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    seconds: Annotated[float, msgspec.Meta(ge=0)]


class Heads(msgspec.Struct, frozen=True):
    """Every log that can be had here, with its newest signed head."""

    heads: Annotated[dict[_Name, _Note], msgspec.Meta(max_length=MOST_LOGS)]


class Documents(msgspec.Struct, frozen=True):
    """Notes about one log, the oldest first: key documents, or heads with cosignatures."""

    notes: Annotated[
        list[Annotated[bytes, msgspec.Meta(max_length=65_536)]], msgspec.Meta(max_length=1_024)
    ]


_encoder = msgspec.msgpack.Encoder()
_frame: msgspec.msgpack.Decoder[Segment | End] = msgspec.msgpack.Decoder(Segment | End)


def encode(message: msgspec.Struct) -> bytes:
    """Return a message's bytes."""
    return _encoder.encode(message)


def decode(data: bytes, shape: type[T], what: str = "The message") -> T:
    """Read a message of one shape; Untrusted, naming `what`, if it is none."""
    try:
        return msgspec.msgpack.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Untrusted(f"{what} is not what it should be: {error}.") from error


def frames(messages: Iterable[Segment | End]) -> bytes:
    """Return a row of frames."""
    parts: list[bytes] = []
    for message in messages:
        data = _encoder.encode(message)
        parts += (len(data).to_bytes(_LENGTH, "big"), data)
    return b"".join(parts)


def whole(data: bytes) -> tuple[list[Segment], End]:
    """Read an answer that came whole; Untrusted if it is cut short, too long, or malformed."""
    read = list(_read(data))
    at, end = read[-1] if read else (0, None)
    segments = [message for _at, message in read if isinstance(message, Segment)]
    if not isinstance(end, End) or at != len(data) or len(segments) != len(read) - 1:
        raise Untrusted("The answer is cut short, or something follows its end.")
    return segments, end


def beginning(data: bytes) -> list[Segment]:
    """Read the segments that came whole of an answer that broke off; what follows them is passed over."""
    segments: list[Segment] = []
    try:
        for _at, message in _read(data):
            if isinstance(message, End):
                break
            segments.append(message)
    except Untrusted:
        return segments
    return segments


def _read(data: bytes) -> Iterator[tuple[int, Segment | End]]:
    at, view = 0, memoryview(data)
    while at + _LENGTH <= len(data):
        end = at + _LENGTH + int.from_bytes(view[at : at + _LENGTH], "big")
        if end > len(data):
            return
        try:
            message = _frame.decode(view[at + _LENGTH : end])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Untrusted(f"A part of the answer is not what it should be: {error}.") from error
        at = end
        yield at, message


def hashes(data: bytes) -> Sequence[bytes]:
    """Read a row of hashes; Untrusted if there are too many, or one is cut short."""
    if len(data) % HASH_SIZE or len(data) > HASH_SIZE * (MAX_PROOF + 2):
        raise Untrusted("The answer is no row of hashes.")
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]
