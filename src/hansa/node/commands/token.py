"""`hansa token`: tokens of the API, for whoever keeps this node."""

import json

import click

from hansa.api import tokens as kept
from hansa.api.models import ApiToken
from hansa.cli.officers import find_officer
from hansa.cli.words import print_json, print_table
from hansa.kernel.telling import moment
from hansa.pact.tokens import LONGEST_DAYS


@click.group()
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command()
@click.option(
    "--as", "officer", required=True, metavar="OFFICER", help="The office for which the token acts."
)
@click.option("--name", required=True, help="What will use it.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=90,
    show_default=True,
    help="For how many days.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def make(officer: str, name: str, days: int, *, as_json: bool) -> None:
    """Make a token and print it, this once."""
    secret, row = kept.make(find_officer(officer).key, name, days)
    click.echo(
        json.dumps(
            {
                "token": secret,
                "number": row.pk,
                "officer": row.officer,
                "expires": row.expires.isoformat(),
            },
            indent=2,
        )
        if as_json
        else secret
    )


@token.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(*, as_json: bool) -> None:
    """List the tokens of all offices here."""
    found = list(ApiToken.objects.order_by("pk"))
    if as_json:
        print_json(
            {
                "tokens": [
                    {
                        "number": one.pk,
                        "officer": one.officer,
                        "name": one.name,
                        "expires": one.expires,
                        "last_used": one.last_used,
                    }
                    for one in found
                ]
            }
        )
        return
    print_table(
        ["NUMBER", "OFFICER", "EXPIRES", "LAST USED", "NAME"],
        [
            [str(one.pk), one.officer, moment(one.expires), str(one.last_used or "never"), one.name]
            for one in found
        ],
    )


@token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Revoke the token with this NUMBER."""
    gone = kept.revoke(number)
    click.echo(f"The token {number} ({gone.name}) is revoked.")
