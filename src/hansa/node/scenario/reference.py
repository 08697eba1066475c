"""The parts of docs/reference/scenarios.md that follow from the code: what can be said, with what, and of which items."""

from hansa.aid import catalogue
from hansa.kernel.fields import Field
from hansa.kernel.record import FOUNDING, KINDS, NODE, Record
from hansa.node.scenario.filling import BY_ITEM, fillable
from hansa.node.scenario.lines import FOUNDED
from hansa.node.scenario.names import expected
from hansa.node.scenario.working import decided


def kinds() -> str:
    """Return every kind that an act may say, with its fields, as Markdown."""
    parts = []
    for tag, kind in sorted(KINDS.items()):
        if kind.by in {FOUNDING, NODE} or tag == FOUNDED:
            continue
        told = decided(tag)
        rest = "" if told is None else " All else is worked out when the line is said."
        lines = [
            f"#### `{tag}`",
            "",
            f"{_plain(kind.sentence)} Needs the capability `{kind.by}`.{rest}",
            "",
        ]
        lines += ["| field | what | |", "|---|---|---|"]
        lines += [
            f"| `{field.name}` | {_cell(expected(field))} | {_need(kind, field)} |"
            for field in kind.fields
            if told is None or field.name in told
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def items() -> str:
    """Return the built-in resource types as a Markdown table."""
    rows = [
        f"| `{one.code}` | {one.name} | {one.form} | {one.unit} |"
        for one in sorted(catalogue.built_in().values(), key=lambda one: (one.form, one.code))
    ]
    return "\n".join(["| code | name | form | unit |", "|---|---|---|---|", *rows])


def renewed(page: str, example: str) -> str:
    """Return the page with the parts between its markers written anew. `example` is a scenario file's text."""
    parts = {"kinds": kinds(), "items": items(), "example": f"```yaml\n{example.strip()}\n```"}
    for name, text in parts.items():
        head, begin, rest = page.partition(f"<!-- {name} -->")
        _old, end, tail = rest.partition(f"<!-- end of {name} -->")
        page = f"{head}{begin}\n\n{text}\n\n{end}{tail}"
    return page


def _need(kind: type[Record], field: Field) -> str:
    """Say whether a line must give the field, or from what it follows."""
    if not field.required:
        return ""
    others = {
        other.name: other.of
        for other in kind.fields
        if other.type == "ref" and other.name != field.name
    }
    if (
        field.name in BY_ITEM
        and any(other.name == "item" for other in kind.fields)
        and not others.keys() & {"need", "pledge", "shipment", "back"}
    ):
        return "follows from the item"
    if fillable(kind, field, others, {}):
        return "follows"
    return "**must be given**"


def _plain(sentence: str) -> str:
    """Return a kind's sentence as an example of itself: its words in braces are its fields."""
    return sentence.replace("{author}", "Somebody").replace("{", "*").replace("}", "*")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
