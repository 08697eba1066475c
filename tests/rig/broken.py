"""What is raised when a law does not hold."""


class Broken(AssertionError):
    """A law that did not hold. `law` is its name, by which a smaller run is known to fail alike."""

    def __init__(self, law: str, words: str) -> None:
        super().__init__(f"{law}: {words}")
        self.law = law
