"""`hansa keys`: which keys sign, how they are kept, and the ceremonies in which roots change them.

The ceremonies themselves stand in `ceremonies`; docs/ceremonies.md says when each is due.
"""

import json
from pathlib import Path

import click

from hansa.kernel.errors import Refused
from hansa.node import start
from hansa.node.commands import ceremonies


@click.group()
def keys() -> None:
    """See, lock and change the keys of this home (docs/ceremonies.md)."""


for one in ceremonies.COMMANDS:
    keys.add_command(one)


@keys.command()
@click.argument("log", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(log: str | None, *, as_json: bool) -> None:
    """Show which key signs each log (else LOG) from where on, its roots, and drafts that wait."""
    start.open_home()
    from hansa.kernel.models import Log
    from hansa.kernel.roots.ceremony import the_log

    names = [the_log(log).name] if log else list(Log.objects.values_list("name", flat=True))
    told = [_told(name) for name in sorted(names)]
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for one in told:
        _print(one)
    click.echo(_at_rest())


def _told(name: str) -> dict[str, object]:
    from hansa.kernel.home import home
    from hansa.kernel.note import Verifier
    from hansa.kernel.roots import ceremony, keeping
    from hansa.kernel.roots.models import Aside, Rival

    log = ceremony.the_log(name)
    documents = keeping.chain_of(name)
    draft = ceremony.waiting(name) if log.mine or home().keys.holds(name) else None
    decided = keeping.rebound(name)
    return {
        "log": name,
        "here": log.mine,
        "size": log.size,
        "fingerprint": Verifier.parse(log.vkey).fingerprint,
        "versions": [
            {
                "version": one.version,
                "from": one.start,
                "fingerprint": one.verifier.fingerprint,
                "threshold": one.threshold,
                "roots": [root.name for root in one.root_verifiers],
                "next": len(one.next),
                "by": "the members" if one.version in decided else "its roots",
            }
            for one in documents
        ],
        "aside": Aside.objects.filter(log=name).count(),
        "rivals": Rival.objects.filter(log=name).count(),
        "draft": draft.document.version if draft else None,
    }


def _print(told: dict[str, object]) -> None:
    click.echo(
        f"{told['log']}  ({'written' if told['here'] else 'followed'} here, {told['size']:,} entries)"
    )
    click.echo(f"  key in force: {told['fingerprint']}")
    for one in told["versions"]:  # type: ignore[attr-defined]  # made just above
        click.echo(
            f"  version {one['version']}, from entry {one['from']:,}, decided by {one['by']}: {one['threshold']} of {len(one['roots'])} roots ({', '.join(root.rpartition('/')[2] for root in one['roots'])}), {one['next']} more committed to"
        )
    if not told["versions"]:
        click.echo(
            "  no roots: if this key is stolen or lost, only the other members can help (hansa keys begin)."
        )
    if told["aside"]:
        click.echo(f"  {told['aside']:,} entries that its roots took out are kept as evidence.")
    if told["rivals"]:
        click.echo(
            "  ALARM: a second document of one version, validly signed, was seen. Call its keepers."
        )
    if told["draft"]:
        click.echo(f"  a draft of version {told['draft']} waits for signatures.")


def _at_rest() -> str:
    from hansa.kernel.home import home

    kept = home().keys
    if not kept.chest.has_vault:
        return "The keys in this home are not locked: whoever reads the folder “keys” can sign. See “hansa keys lock”."
    return "The keys in this home are locked under a passphrase" + (
        ", which this process was not given." if kept.shut else "."
    )


_FILE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the new passphrase from this file instead of asking for it.",
)


def _new_passphrase(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").removesuffix("\n")
    typed: str = click.prompt("New passphrase", hide_input=True, confirmation_prompt="Once more")
    return typed


@keys.command()
@_FILE
def lock(passphrase_file: Path | None) -> None:
    """Lock every key of this home under a passphrase. Done again after it was cut short, it goes on."""
    start.open_home()
    from hansa.kernel.home import home

    chest = home().keys.chest
    if chest.has_vault:
        click.echo(
            "This home has a passphrase already. Type it, and whatever is not locked yet will be."
        )
        typed = (
            passphrase_file.read_text("utf-8").removesuffix("\n")
            if passphrase_file
            else click.prompt("Passphrase", hide_input=True)
        )
    else:
        click.echo(
            "Without the passphrase nobody can sign or write here, not even after a restart of the machine: keep it on paper, where two people find it. If it is lost, the keys are lost (docs/ceremonies.md, “A lost key”)."
        )
        typed = _new_passphrase(passphrase_file)
    count = chest.lock(typed)
    click.echo(
        f"{count} keys were locked. “hansa serve” asks for the passphrase at a terminal; a service reads it from the file that HANSA_PASSPHRASE_FILE names, or from systemd's credential “passphrase”. Backups made before today hold the keys unlocked: destroy them, or keep them as you would the keys."
    )


@keys.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def unlock(*, yes: bool) -> None:
    """Write every key of this home unlocked and put the passphrase away."""
    start.open_home()
    from hansa.kernel.home import home

    _require_vault()
    if not yes:
        click.confirm(
            "Whoever reads this home's folder can then sign as its members. Go on?", abort=True
        )
    click.echo(f"{home().keys.chest.unlock()} keys are not locked any more.")


@keys.command()
@_FILE
def passphrase(passphrase_file: Path | None) -> None:
    """Change the passphrase of this home's keys."""
    start.open_home()
    from hansa.kernel.home import home

    _require_vault()
    home().keys.chest.change(_new_passphrase(passphrase_file))
    click.echo("The passphrase was changed. Older backups still open with the old one.")


def _require_vault() -> None:
    from hansa.kernel.home import home

    if not home().keys.chest.has_vault:
        raise Refused("The keys of this home are not locked. Lock them with “hansa keys lock”.")
    home().keys.chest.need()


@keys.command()
@click.argument("log")
@click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the key for ssh-add.",
)
def agent(log: str, file: Path | None) -> None:
    """Leave the key of LOG to an ssh-agent: first write it to a file for ssh-add, then, run again, delete it here."""
    start.open_home()
    from hansa.kernel.agent import identities
    from hansa.kernel.home import home
    from hansa.kernel.roots.ceremony import the_log

    found, ring = the_log(log), home().keys
    if ring.in_agent(log):
        click.echo(f"The key of {log} lives in the ssh-agent already.")
        return
    if ring.verifier(log, found.origin).pub in {one.pub for one in identities()}:
        ring.to_agent(log, found.origin)
        click.echo(
            f"From now on the ssh-agent signs for {log}; the key was deleted here. “hansa serve” must see the agent (SSH_AUTH_SOCK). Keep the key's file and its passphrase where you keep the home's backups."
        )
        return
    if file is None:
        raise Refused(
            f"The agent does not have the key of {log} yet. Name a file with --file, into which it is written for ssh-add.",
            field="file",
        )
    with file.open("xb") as made:
        file.chmod(0o600)
        made.write(ring.openssh(log))
    click.echo(
        f"The key of {log} stands in {file}, not yet under a passphrase. Now run:\n\n  ssh-keygen -p -f {file}      (give it a passphrase)\n  ssh-add {file}\n  hansa keys agent {log}"
    )
