"""`hansa handover` and `hansa takeover`: a member moves from a shared home to one of its own, with its history."""

import io
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hansa.kernel.errors import Refused, Untrusted
from hansa.node import start

if TYPE_CHECKING:
    from hansa.node.backup.locks import Key, Lock

FILE = click.Path(dir_okay=False, path_type=Path)
MOST = 4 * 1024**3


def passphrase_option(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the passphrase that closes and opens a package."""
    given: Callable[..., Callable[..., None]] = click.option(
        "--passphrase-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The passphrase, in a file (else it is asked for).",
    )
    return given(function)


@click.command()
@click.argument("log")
@click.argument("target", metavar="FILE", type=FILE)
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def handover(log: str, target: Path, passphrase_file: Path | None, *, yes: bool) -> None:
    """Hand the member's LOG over to a home of its own: write FILE, encrypted, and stop writing in LOG here.

    Stop the server of this home first. “hansa takeover” makes the new home from FILE.
    """
    from hansa.kernel.sync import handing
    from hansa.node.backup.locks import Key, Lock

    if target.exists():
        raise Refused(f"There is a file {target} already. Name another.")
    if not yes and not click.confirm(
        f"After this, nothing can be written in {log} in this home any more. Go on?", err=True
    ):
        raise Refused("Nothing was done.")
    lock = Lock((), _passphrase(passphrase_file, twice=True))
    with tempfile.TemporaryDirectory(prefix=".handover-", dir=start.home_folder()) as work:
        packed = Path(work) / "out"
        packed.mkdir(mode=0o700)
        about = handing.pack(log, packed, _zone())
        _write(packed, target, lock)
        try:
            back = _read(target, Key(passphrase=lock.passphrase), Path(work) / "back")
            if handing.read(back) != about:
                raise Untrusted("The package does not read back as it was written.")
            handing.release(about)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    click.echo(
        f"{log} is handed over at {about.size:,} records; this home only follows it from now on. Bring {target} to the new machine, run “hansa takeover” there, then destroy the file: it holds the log's key."
    )
    for sentence in about.left_out:
        click.echo(f"Left out: {sentence}", err=True)


@click.command()
@click.argument(
    "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@passphrase_option
@click.option(
    "--url", default="", help="Where other nodes and people reach the new home (https://…)."
)
def takeover(source: Path, passphrase_file: Path | None, url: str) -> None:
    """Make a home from the FILE that “hansa handover” wrote, and go on with the member's log here."""
    from hansa.node.backup.locks import Key
    from hansa.node.commands.init import make_folder, require_address

    require_address(url)
    key = Key(passphrase=_passphrase(passphrase_file))
    folder = start.home_folder()
    with tempfile.TemporaryDirectory(prefix="hansa-takeover-") as work:
        back = _read(source, key, Path(work) / "back")
        start.load_django()
        from hansa.kernel.sync import handing

        about = handing.read(back)
        if not make_folder(
            folder, zone=about.zone, exercise=about.realm == "exercise", hosts=(), url=url
        ):
            raise Refused(
                f"{folder} is a home already. Name an empty folder with --home.", code="home-exists"
            )
        start.migrate()
        log = handing.take(back, about)
    click.echo(
        f"{folder} goes on with {log.name} from record {log.size:,}. Start “hansa serve”: it asks the other nodes before it writes. Then say where the node is now: hansa node --as OFFICER --url {url or 'URL'}"
    )


def _zone() -> str:
    from django.conf import settings

    return str(settings.TIME_ZONE)


def _passphrase(path: Path | None, *, twice: bool = False) -> str:
    if path is not None:
        return path.read_text("utf-8").rstrip("\r\n")
    answer: str = click.prompt(
        "Passphrase of the package", hide_input=True, confirmation_prompt=twice
    )
    return answer


def _write(folder: Path, target: Path, lock: "Lock") -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
    made.seek(0)
    with target.open("xb") as file:
        target.chmod(0o600)
        lock.close(made, file)


class _Bytes(io.BytesIO):
    """What was decrypted, bounded. `failed` is what a decrypter looks at."""

    failed: Exception | None = None

    def write(self, part: Any) -> int:
        """Take a part; Untrusted if there is more than any package holds."""
        if self.tell() + len(part) > MOST:
            self.failed = Untrusted("This package is larger than any that Hansa writes.")
            raise self.failed
        return super().write(part)


def _read(source: Path, key: "Key", folder: Path) -> Path:
    plain = _Bytes()
    with source.open("rb") as file:
        key.open(file, plain)
    plain.seek(0)
    folder.mkdir(mode=0o700)
    try:
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise Untrusted(f"This is no handover of a log: {error}.") from error
    return folder
