"""How one node's question reaches another: whatever carries it looks like this."""

from typing import Protocol


class Unreachable(Exception):
    """No whole answer came: nobody there, too slow, too large, or broken off. `got` is what had come by then."""

    def __init__(self, sentence: str, got: bytes = b"") -> None:
        """Keep the sentence as the exception's only text."""
        super().__init__(sentence)
        self.sentence = sentence
        self.got = got


class Transport(Protocol):
    """Carries questions. Nothing that comes back is believed because of who brought it."""

    def ask(
        self,
        url: str,
        path: str,
        body: bytes | None,
        *,
        most: int,
        seconds: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        """Ask the node at `url`: POST where there is a body, else GET. Return the HTTP status and the answer.

        `most` bounds the answer's bytes, `seconds` the whole exchange. Unreachable if no whole answer came.
        """
        ...
