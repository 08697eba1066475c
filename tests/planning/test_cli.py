"""`hansa plan make` and `hansa plan show`, beside `hansa plan check`."""

import json

from click.testing import CliRunner

from hansa.aid.planning.models import Plan
from hansa.node.commands.plan import plan
from tests.planning.test_days import make


def run(monkeypatch, *words):
    monkeypatch.setattr("hansa.node.start.open_home", lambda: None)
    result = CliRunner().invoke(plan, [str(word) for word in words])
    assert result.exception is None, result.output
    return result


def test_a_plan_is_made_shown_and_checked_at_a_terminal(pact, monkeypatch, tmp_path):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    looked = run(monkeypatch, "make", "--as", pact.la.by, "--look")
    assert "Chicago" in looked.output
    assert "Nothing was published" in looked.output
    assert not Plan.objects.exists()
    position = run(monkeypatch, "make", "--as", pact.la.by).stdout.strip()
    out = tmp_path / "plan.json"
    shown = run(monkeypatch, "show", "--out", out).output
    row = Plan.objects.get(key=position)
    assert row.digest in shown
    assert "N95 respirators, 600 pieces" in shown
    assert "its prices prove it" in shown
    run(monkeypatch, "check", out, "--sha256", row.digest, "--gap", "0.0001")
    told = json.loads(run(monkeypatch, "show", position, "--json").output)
    assert (told["plan"], told["stands"], len(told["lines"])) == (position, True, 1)


def test_a_plan_that_was_replaced_says_so(pact, monkeypatch):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    first = make(pact.la)
    make(pact.la)
    assert "no longer stands" in run(monkeypatch, "show", first.key).output
