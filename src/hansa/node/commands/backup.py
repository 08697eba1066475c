"""`hansa backup` and `hansa restore`: a whole home in one encrypted file, and back."""

import json
import os
from pathlib import Path
from typing import Any

import click

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.node import start

HANDED = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what a unit's LoadCredential names (systemd.exec(5))."""

CREDENTIAL = "backup-passphrase"
"""The credential that holds the passphrase of backups."""


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Who may open it: age1… or an SSH public key. May be given several times (else backup_to in hansa.toml).",
)
@click.option("--passphrase", is_flag=True, help="Encrypt by a passphrase, which is asked for.")
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Encrypt by the passphrase in this file.",
)
@click.option("--without-keys", is_flag=True, help="Leave the folder “keys” out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backup(
    target: Path,
    recipients: tuple[str, ...],
    passphrase_file: Path | None,
    *,
    passphrase: bool,
    without_keys: bool,
    as_json: bool,
) -> None:
    """Write the whole home to FILE, encrypted, while it is being served. A folder gets a file named by the time.

    The file is restored into a folder of its own and compared before it takes FILE's place.
    """
    folder = start.require_home()
    start.load_django()
    from django.conf import settings

    from hansa.node.backup.locks import Lock
    from hansa.node.backup.making import make

    secret = _passphrase(passphrase_file, ask=passphrase, twice=True)
    to = recipients if recipients or secret else _named(settings.NODE)
    lock = Lock(to, secret or ("" if to else _credential()))
    target = target.expanduser().absolute()
    if target.is_dir():
        target /= f"hansa-{clock.machine():%Y%m%dT%H%M%SZ}.age"
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    manifest = make(folder, target, lock, with_keys=not without_keys)
    told = {
        "file": str(target),
        "bytes": target.stat().st_size,
        "made": manifest["made"],
        "keys": manifest["keys"],
        "files": len(manifest["files"]),
        "logs": {one["log"]: one["size"] for one in manifest["logs"]},
    }
    words = f"{target}: {told['bytes'] / 1024**2:,.1f} MB, {told['files']:,} files, {len(told['logs'])} logs{', without keys' if without_keys else ''}. It was read back and holds."
    click.echo(json.dumps(told, indent=2) if as_json else words)


@click.command()
@click.argument(
    "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--identity",
    "identities",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="KEYFILE",
    help="The file with the secret key that opens it. May be given several times.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passphrase that opens it, in a file (else it is asked for).",
)
@click.option(
    "--nothing-since",
    is_flag=True,
    help="The home was stopped before the backup and not served since: keep its witness key, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def restore(
    source: Path,
    identities: tuple[Path, ...],
    passphrase_file: Path | None,
    *,
    nothing_since: bool,
    as_json: bool,
) -> None:
    """Make a home from the backup FILE in the empty folder that --home names. It is not served yet."""
    folder = start.home_folder()
    start.load_django()
    from hansa.node.backup.locks import Key, identities_in, is_by_passphrase
    from hansa.node.backup.restoring import restore as bring_back

    with source.open("rb") as file:
        by_passphrase = is_by_passphrase(file)
    if by_passphrase:
        given = _credential() if passphrase_file is None else ""
        key = Key(passphrase=given or _passphrase(passphrase_file, ask=True))
    else:
        key = Key(identities=identities_in(identities))
    manifest = bring_back(
        source, folder, key, known=start.known_migrations(), nothing_since=nothing_since
    )
    had_witness = any(one["name"].startswith("keys/_witness.") for one in manifest["files"])
    _say(folder, manifest, as_json=as_json, new_witness=had_witness and not nothing_since)


def _say(folder: Path, manifest: dict[str, Any], *, as_json: bool, new_witness: bool) -> None:
    if as_json:
        click.echo(json.dumps({"home": str(folder), **manifest}, indent=2))
        return
    click.echo(f"Restored the home of {manifest['made']} into {folder}.")
    for one in manifest["logs"]:
        if one["own"]:
            click.echo(f"  {one['log']}: {one['size']:,} entries")
    if new_witness:
        click.echo(
            "Its witness begins anew, with another key: a witness must not forget what it cosigned. Let the member say so: hansa node."
        )
    if not manifest["keys"]:
        click.echo(
            "The backup holds no keys. Put the folder “keys” back before anything can be written."
        )
    click.echo(
        "It knows nothing that was said since, and will sign nothing before the other nodes were asked. Next: hansa migrate, hansa fsck, hansa serve."
    )


@click.command(name="backup-key")
def backup_key() -> None:
    """Make a key for backups, and print it once: its secret half to lock away, its recipient for hansa.toml."""
    from hansa.node.backup.locks import new_key

    secret, recipient = new_key()
    click.echo(
        f"# Keep the next line on paper and on a stick, away from this machine: it opens every backup.\n{secret}\n"
        f'# And this belongs into hansa.toml, so that backups are made for it:\n# backup_to = ["{recipient}"]'
    )


def _named(node: dict[str, Any]) -> tuple[str, ...]:
    named = node.get("backup_to", [])
    return (named,) if isinstance(named, str) else tuple(named)


def _passphrase(path: Path | None, *, ask: bool, twice: bool = False) -> str:
    if path is not None:
        return path.read_text("utf-8").rstrip("\r\n")
    if ask:
        answer: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice)
        return answer
    return ""


def _credential() -> str:
    """Return the passphrase that systemd handed over; none if it did not."""
    folder = os.environ.get(HANDED)
    path = Path(folder) / CREDENTIAL if folder else None
    return path.read_text("utf-8").rstrip("\r\n") if path and path.is_file() else ""
