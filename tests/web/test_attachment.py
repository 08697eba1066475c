"""An attachment is handed out to whoever may read a record that carries it."""

from hansa.kernel import files
from hansa.kernel.fields import File


def test_a_reader_of_the_record_gets_the_very_file(towns, sit):
    file = files.keep("plan.pdf", "application/pdf", [b"a page"])
    towns[0].say("pact.note/1", on=f"{towns[0].log}@0", text="See the plan.", files=[_plain(file)])
    answer = sit(towns[1].by).get(f"/file/{file.sha256}")
    assert answer.status_code == 200
    assert answer.content == b"a page"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_file_of_a_private_note_is_not_there_for_others(towns, sit):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    file = files.keep("plan.pdf", "application/pdf", [b"a private page"])
    note = KINDS["pact.note/1"].read(
        {"on": f"{towns[0].log}@0", "text": "Ours.", "files": [_plain(file)]}
    )
    say(note, log=towns[0].log, by=towns[0].by, audience="own")
    assert sit(towns[0].by).get(f"/file/{file.sha256}").status_code == 200
    assert sit(towns[1].by, name="other").get(f"/file/{file.sha256}").status_code == 404


def test_a_private_files_hash_in_another_members_record_opens_it_for_nobody(towns, sit):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from tests.foreign import ForeignLog

    file = files.keep("plan.pdf", "application/pdf", [b"a private page"])
    note = {"on": f"{towns[0].log}@0", "text": "Ours.", "files": [_plain(file)]}
    say(KINDS["pact.note/1"].read(note), log=towns[0].log, by=towns[0].by, audience="own")
    liar = ForeignLog("liar")
    named = {"on": liar.keeper, "text": "Mine.", "files": [_plain(file)]}
    liar.write("pact.note/1", named, cites=(liar.keeper,))
    liar.send()
    assert sit(towns[1].by).get(f"/file/{file.sha256}").status_code == 404
    assert sit(towns[0].by, name="other").get(f"/file/{file.sha256}").status_code == 200


def test_a_damaged_file_is_not_handed_out(towns, sit, home):
    file = files.keep("plan.pdf", "application/pdf", [b"a page"])
    towns[0].say("pact.note/1", on=f"{towns[0].log}@0", text="See the plan.", files=[_plain(file)])
    next((home / "files").glob("*/*")).write_bytes(b"another page")
    answer = sit(towns[0].by).get(f"/file/{file.sha256}")
    assert answer.status_code == 410
    assert "damaged" in answer.content.decode()


def _plain(file: File) -> dict[str, object]:
    return {"sha256": file.sha256, "name": file.name, "size": file.size, "type": file.type}
