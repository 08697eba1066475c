"""What a member's node says by itself about the log's keys, in the log, where everybody witnesses it."""

from hansa.kernel import chain
from hansa.kernel.context import Saying
from hansa.kernel.errors import Untrusted
from hansa.kernel.record import NODE, Record, ask
from hansa.kernel.roots.models import Disowned, Keys

EXAMPLE = """hansa/keys/v1
origin hansa/us-ca
version 1
start 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
key hansa/us-ca+8c6b4e4e+AYqI49eYi5eDzIQhMRYk4SlXzHRdz8aPjbEiTBCcKcm6
threshold 1
root hansa/us-ca/root-1+00000000+AQ==
then 1
next 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

— hansa/us-ca AAAA
"""


class KeysPublished(Record, kind="kernel.keys/1", row=Keys, by=NODE):
    """{author} publishes version {version} of its keys, which sign its log from entry {start} on."""

    version: int = ask("Which version?", least=1, most=chain.MOST_VERSIONS, example=1)
    start: int = ask("From which entry on?", least=0, example=0)
    note: str = ask("The signed document", most=chain.LARGEST, example=EXAMPLE, shown=False)

    def suffix(self) -> str | None:
        """A log has one chain of keys."""
        return "keys"

    def judge(self, row: Keys | None, saying: Saying) -> str | None:
        """A document of this very log that follows the last one published in it.

        Whether its roots or the members decided it is judged where it is accepted; here it is only put on record.
        """
        try:
            before = chain.read_text(row.note.encode()) if row else None
            document = chain.open_document(self.note.encode(), before, rebound=True)
        except Untrusted:
            return "bad-document"
        right = (saying.log, self.version, self.start)
        return None if (document.log, document.version, document.start) == right else "bad-document"

    def apply(self, row: Keys, saying: Saying) -> None:
        """Keep the newest."""
        row.version, row.start, row.note, row.at = self.version, self.start, self.note, saying.at


class EntryDisowned(Record, kind="kernel.disown/1", row=Disowned, by=NODE):
    """{author} never wrote the entry {index} that another cites: it was signed by a stolen key, and was set aside."""

    index: int = ask("Which entry?", least=0, example=1042)
    leaf: str = ask("Its leaf hash, in hex", least=64, most=64, example="e3" * 32, shown=False)

    def suffix(self) -> str | None:
        """One row for each entry."""
        return f"disowned/{self.index}-{self.leaf}"

    def judge(self, row: Disowned | None, saying: Saying) -> str | None:
        """Only of what stands nowhere in the log so far: what was said cannot be taken back so."""
        known = all(sign in "0123456789abcdef" for sign in self.leaf)
        return None if known and self.index > saying.index else "bad-disowned"

    def apply(self, row: Disowned, saying: Saying) -> None:
        """Remember it: whoever cites it cites nothing, and need not wait for it."""
        row.index, row.leaf = self.index, self.leaf
