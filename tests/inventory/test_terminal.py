"""Spreadsheets at a terminal."""

import json

import pytest
from click.testing import CliRunner

from hansa.aid.inventory.models import Import
from hansa.aid.models import Stock
from hansa.node import main
from tests.inventory.conftest import csv_of


@pytest.fixture
def run(towns, monkeypatch, home):
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    monkeypatch.setenv("HANSA_HOME", str(home))

    def invoke(*arguments, code=0):
        words = ["inventory", *map(str, arguments), "--as", towns[0].by]
        result = CliRunner().invoke(main.hansa, words, prog_name="hansa")
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    return invoke


def test_a_spreadsheet_goes_in_and_comes_out_at_a_terminal(run, tmp_path):
    file = tmp_path / "stock.csv"
    file.write_bytes(csv_of("item,quantity", "cot,400", "tent,-1"))
    shown = run("import", file, "--preview")
    assert "accepted" in shown
    assert "negative" in shown
    assert not Stock.objects.exists()
    assert "1 accepted, 0 unchanged, 1 refused" in run("import", file)
    assert Stock.objects.get().quantity == 400
    told = json.loads(run("import", file, "--json"))
    assert [one["outcome"] for one in told["sheets"][0]["rows"]] == ["unchanged", "refused"]
    assert told["imports"] == [
        max(
            Import.objects.values_list("key", flat=True),
            key=lambda key: int(key.rpartition("@")[2]),
        )
    ]
    for name in ("out.csv", "out.xlsx"):
        run("export", tmp_path / name)
        assert "unchanged" in run("import", tmp_path / name, "--preview")
    assert "ends in .csv or .xlsx" in run("export", tmp_path / "out.pdf", code=1)
    file.write_bytes(b"colour\r\nred\r\n")
    assert "none of our tables" in run("import", file, code=1)
