"""The two ways in which the kernel says no."""


class Refused(Exception):
    """A person asked for something that cannot be said now, and may mend it.

    `sentence` is plain language and says what to do; `field` names the field at fault, if one
    is; `code` is a short, lasting word for programs.
    """

    def __init__(self, sentence: str, *, field: str | None = None, code: str = "refused") -> None:
        """Keep the sentence as the exception's only text."""
        super().__init__(sentence)
        self.sentence = str(sentence)
        self.field = field
        self.code = code


class Untrusted(Exception):
    """Bytes from outside do not hold: malformed, forged, out of bounds or inconsistent."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence as the exception's only text."""
        super().__init__(sentence)
        self.sentence = sentence
