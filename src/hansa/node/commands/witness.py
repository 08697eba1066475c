"""`hansa witness`: who cosigns whose logs, and the policy by which records are dated."""

from datetime import UTC, datetime

import click

from hansa.cli.words import as_json, print_json, print_table
from hansa.kernel.home import home
from hansa.kernel.policy import NONE, Policy
from hansa.kernel.telling import moment
from hansa.kernel.witness import dating, proposing
from hansa.kernel.witness.models import Asked, Evidence


@click.group()
def witness() -> None:
    """See who witnesses the logs kept here, and say whose word counts."""


@witness.command()
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "mldsa44"]),
    default="ed25519",
    show_default=True,
    help="How it signs; mldsa44 holds against quantum computers.",
)
def key(algorithm: str) -> None:
    """Print the key with which this node cosigns the logs of others."""
    click.echo(home().keys.witness("mldsa44" if algorithm == "mldsa44" else "ed25519"))


@witness.command()
@click.option("--write", "really", is_flag=True, help="Let it count from now on.")
def policy(*, really: bool) -> None:
    """Propose which witnesses count, from the nodes that members name: more than half of their hosts.

    Nothing changes until you add --write. The file “policy” in the home folder is C2SP tlog-policy; it may
    be written by hand, too.
    """
    proposed = proposing.propose()
    click.echo(proposed.text(), nl=False)
    click.echo(f"# {_words(proposed)}")
    if not really:
        click.echo("# Nothing was written. Add --write to let this policy count.")
        return
    path = proposing.write(proposed)
    click.echo(f"# Written to {path}.")


@witness.command(name="list")
@as_json
def show(as_json: bool) -> None:  # noqa: FBT001 - click hands it over by name
    """Show the policy's witnesses, and how far each has come with each log kept here."""
    counts = dating.policy()
    names = {one.key.identity: one.name for one in counts.witnesses} if counts else {}
    rows = [
        {
            "log": one.log,
            "witness": names.get(one.witness, one.witness),
            "size": one.size,
            "last": moment(one.cosigned_at) if one.cosigned_at else "never",
            "problem": one.problem,
        }
        for one in Asked.objects.order_by("log", "witness")
        if one.witness in names
    ]
    if as_json:
        print_json({"policy": counts is not None, "witnesses": rows})
    elif counts is None:
        click.echo(
            "No policy is set: records are dated by the clock of the member that wrote them."
        )
    else:
        head = ("LOG", "WITNESS", "SIZE", "LAST COSIGNED", "PROBLEM")
        print_table(head, [[str(one) for one in row.values()] for row in rows])


@witness.command()
@as_json
def evidence(as_json: bool) -> None:  # noqa: FBT001 - click hands it over by name
    """Show the logs that signed two heads which cannot both be true."""
    rows = [
        {"number": one.pk, "log": one.log, "at": moment(one.at), "from": one.source}
        for one in Evidence.objects.order_by("pk")
    ]
    if as_json:
        print_json({"evidence": rows})
    elif rows:
        head = ("NUMBER", "LOG", "SINCE", "FROM")
        print_table(head, [[str(one) for one in row.values()] for row in rows])
    else:
        click.echo("No log known here has contradicted itself.")


def _words(policy: Policy) -> str:
    if policy.quorum == NONE:
        return "No quorum: fewer than two hosts are known, and nobody can witness itself."
    quorum = next(one for one in policy.groups if one.name == policy.quorum)
    since = datetime.fromtimestamp(policy.since, UTC)
    return f"{quorum.least} of {len(quorum.members)} hosts must have cosigned. What was said before {since:%Y-%m-%d %H:%M} UTC keeps its log's time."
