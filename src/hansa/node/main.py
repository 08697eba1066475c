"""`hansa`, the command. It chooses the home before anything of Django is loaded, and loads a command only when asked for it.

Whatever goes wrong for a person is one plain sentence on stderr: exit code 1 where something was
refused, 2 where bytes or the command line itself do not hold.
"""

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

import click

from hansa import __version__
from hansa.kernel.errors import Refused, Untrusted
from hansa.node.start import choose_home, open_home


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command stands, and whether it needs an existing home with Django loaded before it is imported."""

    place: str
    help: str
    on_home: bool = True


COMMANDS = {
    "init": Command(
        "hansa.node.commands.init:init", "Make a home for a new member.", on_home=False
    ),
    "found": Command("hansa.node.commands.init:found", "Found a pact."),
    "handover": Command(
        "hansa.node.commands.handover:handover", "Hand a member's log over to a home of its own."
    ),
    "takeover": Command(
        "hansa.node.commands.handover:takeover",
        "Make a home from a log handed over.",
        on_home=False,
    ),
    "join": Command("hansa.node.commands.join:join", "Join a pact, or let somebody join it."),
    "node": Command("hansa.node.commands.join:node", "Say where a member's node is."),
    "serve": Command(
        "hansa.node.commands.serve:serve",
        "Serve this home to browsers and programs.",
        on_home=False,
    ),
    "demo": Command("hansa.node.commands.demo:demo", "Play the demo and serve it.", on_home=False),
    "demo-nodes": Command(
        "hansa.node.commands.demo_nodes:demo_nodes",
        "Play the demo across nodes of their own.",
        on_home=False,
    ),
    "play": Command(
        "hansa.node.commands.play:play", "Play a scenario into a new home.", on_home=False
    ),
    "doctor": Command(
        "hansa.node.commands.doctor:doctor",
        "Look whether all is well, and say what to do.",
        on_home=False,
    ),
    "invite": Command("hansa.node.commands.invite:invite", "Print an officer's invitation link."),
    "keys": Command(
        "hansa.node.commands.keys:keys",
        "See, lock and change the keys of this home.",
        on_home=False,
    ),
    "token": Command("hansa.node.commands.token:token", "Make and revoke API tokens."),
    "say": Command("hansa.cli.say:say", "Say a record as an officer."),
    "show": Command("hansa.cli.show:show", "Show a record or a row."),
    "log": Command("hansa.cli.history:log", "Show the history."),
    "kinds": Command("hansa.cli.kinds:kinds", "List what can be said."),
    "officers": Command("hansa.cli.officers:officers", "List the offices and what they may do."),
    "exchange": Command(
        "hansa.node.commands.exchange:exchange", "Take in what other systems send, and give ours."
    ),
    "state": Command("hansa.node.commands.keep:state", "Print the hash of all rows."),
    "rebuild": Command("hansa.node.commands.keep:rebuild", "Make all rows anew from the logs."),
    "fsck": Command(
        "hansa.node.commands.keep:fsck", "Verify every log, and the rows against a replay."
    ),
    "witness": Command(
        "hansa.node.commands.witness:witness", "See who witnesses your log, and say who counts."
    ),
    "export": Command(
        "hansa.node.commands.keep:export", "Write a log to a folder that anyone can verify."
    ),
    "backup": Command(
        "hansa.node.commands.backup:backup",
        "Write the whole home to one encrypted file.",
        on_home=False,
    ),
    "restore": Command(
        "hansa.node.commands.backup:restore", "Make a home from a backup.", on_home=False
    ),
    "backup-key": Command(
        "hansa.node.commands.backup:backup_key", "Make a key that opens backups.", on_home=False
    ),
    "carry": Command(
        "hansa.node.commands.carry:carry", "Carry logs from node to node on a memory stick."
    ),
    "peers": Command("hansa.node.commands.carry:peers", "Show how it stands with other nodes."),
    "verify": Command(
        "hansa.node.commands.verify:verify", "Check an exported log or record.", on_home=False
    ),
    "move": Command(
        "hansa.node.commands.move:move", "Move this home to another database: PostgreSQL, or back."
    ),
    "inventory": Command(
        "hansa.cli.inventory:inventory", "Read spreadsheets of your inventory in, or write them."
    ),
    "plan": Command(
        "hansa.node.commands.plan:plan", "Make, show and check what to send where.", on_home=False
    ),
    "migrate": Command(
        "hansa.node.commands.keep:migrate", "Bring the database to this version.", on_home=False
    ),
    "messages": Command(
        "hansa.node.commands.messages:messages", "Compile the translations.", on_home=False
    ),
    "reference": Command(
        "hansa.node.commands.reference:reference", "Write the reference pages.", on_home=False
    ),
}


class Declined(click.ClickException):
    """What was refused, in a sentence of ours, on its way to the terminal."""

    def show(self, file: Any = None) -> None:
        """Print the sentence alone."""
        click.echo(self.message, file=file or sys.stderr)


class Unsound(Declined):
    """The same for bytes that do not hold."""

    exit_code = 2


class Hansa(click.Group):
    """The commands above, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, in the order of a life: set up, say, look, keep."""
        return [name for name, command in COMMANDS.items() if _there(command)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, on its home where it needs one."""
        command = COMMANDS.get(cmd_name)
        if command is None or not _there(command):
            return None
        if command.on_home and not ctx.resilient_parsing:
            _in_words(open_home)
        return load(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn our two ways of saying no into a sentence."""
        return _in_words(super().invoke, ctx)


def load(name: str) -> click.Command:
    """Import one command by its name."""
    module, _, attribute = COMMANDS[name].place.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


def _there(command: Command) -> bool:
    return importlib.util.find_spec(command.place.partition(":")[0]) is not None


def _in_words(work: Any, *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except Refused as refusal:
        field = f"{refusal.field}: " if refusal.field else ""
        raise Declined(f"{field}{refusal.sentence}") from refusal
    except Untrusted as error:
        raise Unsound(error.sentence) from error


@click.group(
    cls=Hansa, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--home",
    metavar="DIR",
    is_eager=True,
    expose_value=False,
    callback=lambda _context, _option, value: choose_home(value),
    help="The home folder (else HANSA_HOME, else ~/.hansa).",
)
@click.version_option(__version__, prog_name="hansa")
def hansa() -> None:
    """Mutual aid between cities and states: one calls, all the others answer, and every word can be proved."""


def main() -> None:
    """Run the command that the person typed."""
    hansa(prog_name="hansa")
