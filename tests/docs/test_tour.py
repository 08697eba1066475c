"""What the pages name in the code is there."""

import importlib
import re

import pytest

from tests.docs.pages import DOCS, PAGES, name_of, spans

_SYMBOL = re.compile(r"(?:kernel|pact|aid|pages|web|api|cli|node)(?:\.[A-Za-z_]\w*)+")
_FILE = re.compile(r"\.(?:py|md|css|js|html|json|toml|yaml)$")


def symbols(text: str) -> list[str]:
    """Every code span that reads like `kernel.log.append`; a record's tag (`aid.need/1`) does not."""
    return [span for span in spans(text) if _SYMBOL.fullmatch(span) and not _FILE.search(span)]


def resolve(symbol: str) -> object:
    """The thing that the symbol names, without its leading `hansa.`; LookupError if there is none."""
    parts = ["hansa", *symbol.split(".")]
    for length in range(len(parts), 1, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            if not hasattr(found, name):
                raise LookupError(f"{symbol}: {'.'.join(parts[:length])} has no {name}")
            found = getattr(found, name)
        return found
    raise LookupError(f"{symbol}: there is no such module")


@pytest.mark.parametrize("page", PAGES, ids=map(name_of, PAGES))
def test_every_symbol_that_a_page_names_is_there(page):
    for symbol in symbols(page.read_text("utf-8")):
        resolve(symbol)


def test_the_tour_names_each_stop_of_the_way():
    _intro, _heading, told = (DOCS / "tour.md").read_text("utf-8").partition("\n## 1. ")
    named = symbols(told)
    way = [
        "pages.speak.speak",
        "kernel.record.Record.read",
        "kernel.say.say",
        "kernel.log.append",
        "kernel.fold.Folding.judge",
        "kernel.store.insert",
        "kernel.store.upsert",
        "kernel.keys.KeyRing.sign",
        "kernel.live.wake",
        "web.live.live",
        "kernel.export.export_log",
        "kernel.verify.verify",
        "kernel.state.rebuild",
    ]
    assert [named.index(stop) for stop in way] == sorted(named.index(stop) for stop in way)


@pytest.mark.parametrize(
    "symbol", ["kernel.log.append_gone", "kernel.gone.append", "kernel.record.Record.gone"]
)
def test_a_symbol_that_is_gone_is_noticed(symbol):
    assert symbols(f"See `{symbol}`.") == [symbol]
    with pytest.raises(LookupError):
        resolve(symbol)
