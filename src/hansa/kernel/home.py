"""The home folder of a node: where its database, keys and files are, and what it is called."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from hansa.kernel.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Home:
    """One node's folder. `realm` is the first word of its logs' origins: `hansa`, or `exercise` where nothing is in earnest."""

    folder: Path
    realm: str

    @property
    def files(self) -> Path:
        """Return the folder of attachments, by hash."""
        return self.folder / "files"

    @property
    def keys(self) -> KeyRing:
        """Return the private keys held here."""
        return KeyRing(self.folder / "keys", self.realm)

    @property
    def exercise(self) -> bool:
        """Tell whether what is said here is played, not meant."""
        return self.realm == "exercise"


def home() -> Home:
    """Return the home that this process runs on."""
    folder = Path(settings.HANSA_HOME)
    named = folder / "hansa.toml"
    written = tomllib.loads(named.read_text()) if named.exists() else {}
    return Home(folder, written.get("realm", "hansa"))
