"""`hansa exchange` at a terminal."""

import json

import pytest
from click.testing import CliRunner

from hansa.aid.exchange import de
from hansa.aid.exchange.models import Draft, Feed
from hansa.node.commands.exchange import exchange


def typed(*words):
    return CliRunner().invoke(exchange, words)


def test_a_file_is_taken_in_with_a_receipt_for_each_item(
    line, tmp_path, request_from_elsewhere, enveloped
):
    file = tmp_path / "in.xml"
    file.write_bytes(enveloped(request_from_elsewhere(), request_from_elsewhere("urn:elsewhere:2")))
    said = typed("import", str(file), "--as", line.la.by, "--json")
    assert said.exit_code == 0, said.output
    receipts = json.loads(said.stdout)["receipts"]
    assert [one["state"] for one in receipts] == ["waiting", "waiting"]
    assert {one["draft"] for one in receipts} == set(Draft.objects.values_list("pk", flat=True))
    again = typed("import", str(file), "--as", line.la.by)
    assert again.stdout.count("before") >= 2


def test_what_is_written_is_read_again_elsewhere(line, tmp_path):
    need = line.need(400)
    out = tmp_path / "out.xml"
    assert typed("export", "--need", need, "--as", line.chicago.by, "--to", str(out)).exit_code == 0
    assert [one.message.kind for one in de.read(out.read_bytes()).contents if one.message] == [
        "RequestResource"
    ]
    said = typed("import", str(out), "--as", line.la.by)
    assert said.exit_code == 0, said.output


@pytest.mark.parametrize("feed", Feed.values)
def test_each_feed_is_written(line, feed):
    line.need(400)
    said = typed("export", "--feed", feed, "--as", line.la.by)
    assert said.exit_code == 0
    assert said.stdout


def test_one_thing_is_named(line):
    assert typed("export", "--as", line.la.by).exit_code == 2
    assert typed("export", "--call", "us@9", "--as", line.la.by).exception is not None
