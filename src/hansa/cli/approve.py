"""An officer's approval at a terminal: OpenSSH signs, with a key file, an agent or a security key."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft
from hansa.kernel.prepare import prepare
from hansa.kernel.say import approving
from hansa.kernel.sshsig import dearmor, signer

PATIENCE = 300
"""Seconds for a passphrase, a PIN and a touch."""

HELP = "Approve it with this SSH key: a private key's file, or the .pub file of a key in ssh-agent."


def sign(draft: Draft, key: Path) -> Draft:
    """Show what is approved, let ssh-keygen sign it, and return the draft with the approval; Refused if it is not signed."""
    prepared = prepare(draft)
    click.echo(f"You approve:\n\n{prepared.shown}\n", err=True)
    if sys.stdin.isatty() and not click.confirm("Is this what you mean?", err=True):
        raise Refused("Nothing was said.", code="not-approved")
    command = ["ssh-keygen", "-Y", "sign", "-n", "hansa", "-f", str(key)]
    try:
        # ssh-keygen asks for a passphrase at the terminal itself, whatever comes by its standard input.
        made = subprocess.run(
            command, input=prepared.statement, capture_output=True, timeout=PATIENCE, check=False
        )
    except FileNotFoundError as error:
        raise Refused("There is no ssh-keygen here. Install OpenSSH.", code="no-ssh") from error
    except subprocess.TimeoutExpired as error:
        raise Refused(
            "Nobody signed within five minutes. Nothing was said.", code="no-ssh"
        ) from error
    if made.returncode:
        said = made.stderr.decode(errors="replace").strip()[:300]
        raise Refused(f"ssh-keygen did not sign: {said}", code="no-ssh")
    armored = made.stdout.decode(errors="replace")
    return prepared.by_ssh(signer(dearmor(armored)).fingerprint, armored)


@contextmanager
def signing(key: Path | None) -> Iterator[None]:
    """Let whatever is said in this block, and needs it, be approved with this key."""
    if key is None:
        yield
        return
    with approving(lambda draft: sign(draft, key)):
        yield
