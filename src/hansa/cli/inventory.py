"""`hansa inventory`: spreadsheets of stock, lots, roster and packages, in and out."""

import uuid
from pathlib import Path

import click

from hansa.aid.inventory import importing, sheets
from hansa.aid.inventory.models import Import
from hansa.aid.inventory.words import TableName
from hansa.cli.officers import find_officer, reader_log
from hansa.cli.words import as_json, print_json, say_if_played
from hansa.kernel.errors import Refused
from hansa.pact.models import Officer
from hansa.pact.words import Capability

AS = click.option(
    "--as",
    "officer",
    required=True,
    metavar="OFFICER",
    help="The office in which you act: its key, LOG/HANDLE, or HANDLE.",
)
OWN = [name for name in TableName.values if name != TableName.PACKAGES]


@click.group()
def inventory() -> None:
    """Read spreadsheets of your inventory in, or write them."""


@inventory.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@click.option("--preview", is_flag=True, help="Only show what would become of each row.")
@as_json
def read_in(file: Path, officer: str, *, preview: bool, as_json: bool) -> None:
    """Read FILE in (CSV or XLSX). Prints what became of each row; a bad row never stops the rest."""
    chair = _chair(officer)
    data = _bytes(file)
    plans = importing.preview(chair.home, chair.key, file.name, data)
    made: list[str] = []
    if all(plan.table is None for plan in plans):
        raise Refused(plans[0].why if plans else "There is no table in this file.", field="file")
    if not preview:
        made = importing.commit(
            plans, log=chair.home, by=chair.key, name=file.name, data=data, once=uuid.uuid4().hex
        )
    if as_json:
        print_json({"imports": made, "sheets": [_plain(plan) for plan in plans]})
        return
    say_if_played()
    for plan in plans:
        _show(plan)
    for position in made:
        row = Import.objects.get(key=position)
        click.echo(
            f"{position}: {row.accepted} accepted, {row.unchanged} unchanged, {row.refused} refused"
        )


@inventory.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@AS
@click.option(
    "--table",
    type=click.Choice(TableName.values),
    help="Which table; a CSV holds one. Without it an XLSX holds stock, lots and roster.",
)
def write_out(file: Path, officer: str, *, table: str | None) -> None:
    """Write your inventory to FILE, whose name ends in .csv or .xlsx."""
    chair = _chair(officer)
    ending = file.suffix.lower()
    if ending not in {".csv", ".xlsx"}:
        raise Refused("Give a file whose name ends in .csv or .xlsx.", field="file")
    if ending == ".csv":
        data = sheets.write_csv(*importing.export(chair.home, table or TableName.STOCK.value))
    else:
        names = [table] if table else OWN
        data = sheets.write_xlsx([(one, *importing.export(chair.home, one)) for one in names])
    try:
        file.write_bytes(data)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.", field="file") from error
    click.echo(f"{file}: {len(data):,} bytes")


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > sheets.LARGEST:
        raise Refused(
            f"{file} is larger than {sheets.LARGEST // 1024**2} MB. Split it.", field="file"
        )
    return file.read_bytes()


def _chair(officer: str) -> Officer:
    """Return the officer, who must be able to say what the tables hold; Refused else."""
    chair = find_officer(officer)
    reader_log(officer)
    if Capability.LOGISTICS.value not in chair.can:
        raise Refused(
            "Your office may not do this. It needs the capability “logistics”.", code="not-granted"
        )
    return chair


def _show(plan: importing.Plan) -> None:
    click.echo(f"{plan.sheet}: {plan.why or (plan.table and plan.table.name.label)}")
    for line in plan.lines:
        rows = ",".join(map(str, line.rows))
        said = line.why or (line.sentence() if line.says else "")
        click.echo(f"  {rows:>6}  {line.outcome.value:<9}  {line.key}  {said}".rstrip())


def _plain(plan: importing.Plan) -> dict[str, object]:
    lines = [
        {"rows": line.rows, "about": line.key, "outcome": line.outcome.value, "why": line.why}
        for line in plan.lines
    ]
    table = plan.table.name.value if plan.table else None
    return {"sheet": plan.sheet, "table": table, "why": plan.why, "rows": lines}
