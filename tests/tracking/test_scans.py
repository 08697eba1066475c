"""Each parcel goes from hand to hand, is booked once, and every answer is a sentence."""

import pytest

from hansa.aid import board, custody
from hansa.aid.models import Receipt, Shipment
from hansa.aid.tracking import rules
from hansa.aid.tracking.models import Move, Packing, Scan
from hansa.aid.tracking.records import hold
from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry
from hansa.kernel.state import rebuild, state_hash


def received(sent):
    row = Receipt.objects.filter(shipment=sent.shipment).first()
    return row.quantity if row else 0


def track(sent):
    return rules.track(Shipment.objects.get(key=sent.shipment), sent.la.log)


def stocked(town):
    return custody.stock_of(town.log), town.log


def way(sent):
    return custody.transit(sent.shipment), sent.chicago.log


def test_a_packed_parcel_is_on_its_way_and_its_senders(sent):
    sent.pack()
    assert rules.places(sent.shipment) == {stocked(sent.chicago): -4, way(sent): 4}
    assert [(one.parcel.number, one.parcel.quantity, one.parcel.lot) for one in track(sent).parcels] == [
        (1, 40, "A-77"), (2, 40, "A-77"), (3, 40, "A-77"), (4, 30, "B-02")]  # fmt: skip


def test_a_later_packing_takes_the_place_of_the_earlier(sent):
    sent.pack()
    sent.pack({"count": 2, "each": 75})
    assert rules.places(sent.shipment) == {stocked(sent.chicago): -2, way(sent): 2}
    sent.pack({"count": 5, "each": 30})
    assert rules.places(sent.shipment) == {stocked(sent.chicago): -5, way(sent): 5}
    assert rules.discrepancy() == []


def test_no_more_is_packed_than_is_sent(sent):
    with pytest.raises(Refused, match="only 150 are sent"):
        sent.pack({"count": 4, "each": 40})


def test_nobody_packs_what_another_sends(sent):
    with pytest.raises(Refused, match="Only the member that sent"):
        sent.la.say("aid.packing/1", shipment=sent.shipment, parcels=[{"count": 1, "each": 1}])


def test_what_was_scanned_is_not_packed_otherwise(sent):
    sent.pack()
    sent.scan(sent.la, "received", 1)
    with pytest.raises(Refused, match="scanned already"):
        sent.pack({"count": 1, "each": 1})


def test_a_stranger_s_scan_does_not_bind_the_sender(sent):
    sent.pack()
    sent.scan(sent.new_york, "seen")
    sent.pack({"count": 2, "each": 75})
    assert len(track(sent).parcels) == 2


def test_a_parcel_goes_from_hand_to_hand_to_its_goal(sent):
    sent.pack(through=[f"{sent.new_york.log}@0"])
    assert sent.scan(sent.new_york, "took", 1, place="Depot").outcome == "booked"
    held = (hold(sent.new_york.log, sent.shipment), sent.chicago.log)
    assert rules.places(sent.shipment)[held] == 1
    assert rules.places(sent.shipment)[way(sent)] == 3
    assert track(sent).parcels[0].holder == sent.new_york.log
    sent.scan(sent.new_york, "left", 1)
    assert held not in rules.places(sent.shipment)
    answer = sent.scan(sent.la, "received", 1)
    assert answer.outcome == "booked"
    assert "40" in answer.sentence
    assert received(sent) == 40
    assert rules.places(sent.shipment) == {
        stocked(sent.chicago): -4,
        way(sent): 3,
        stocked(sent.la): 1,
    }
    assert not track(sent).astray
    assert not any(one.contradicted for one in track(sent).parcels)


def test_scanned_twice_is_one_record_and_a_calm_sentence(sent):
    sent.pack()
    sent.scan(sent.la, "received", 1)
    entries = Entry.objects.count()
    answer = sent.scan(sent.la, "received", 1)
    assert answer.outcome == "again"
    assert "Nothing was booked again" in answer.sentence
    assert "12:00 UTC: arrived" in answer.sentence
    assert (received(sent), Entry.objects.count()) == (40, entries)


def test_a_scan_sent_twice_is_said_once(sent):
    """The network broke before the answer came: the phone sends the very same again."""
    sent.pack()
    first = sent.scan(sent.la, "received", 1, once="the-same", told="2025-06-08T10:00:00+00:00")
    again = sent.scan(sent.la, "received", 1, once="the-same", told="2025-06-08T10:00:00+00:00")
    assert first == again
    assert (received(sent), Scan.objects.count()) == (40, 1)


def test_the_last_scan_sent_twice_has_the_same_answer_when_all_is_accounted_for(sent):
    sent.pack()
    whole = {"quantity": "150", "once": "the-same", "told": "2025-06-08T10:00:00+00:00"}
    first = sent.scan(sent.la, "received", **whole)
    assert first.outcome == "booked"
    assert sent.scan(sent.la, "received", **whole) == first
    assert (received(sent), Scan.objects.count()) == (150, 1)


def test_a_scan_that_broke_between_its_two_records_is_made_whole(sent, monkeypatch):
    from hansa.aid.tracking import scanning

    def breaks(*_anything):
        raise RuntimeError("the process ended")

    sent.pack()
    with monkeypatch.context() as broken:
        broken.setattr(scanning, "_say_beside", breaks)
        with pytest.raises(RuntimeError):
            sent.scan(sent.la, "received", 4, once="one")
    assert (received(sent), Scan.objects.count()) == (0, 1)
    assert sent.scan(sent.la, "received", 4, once="one").outcome == "booked"
    assert (received(sent), Scan.objects.count()) == (30, 1)


def test_a_scan_whose_quantity_cannot_be_booked_says_that_it_stands(sent, monkeypatch):
    """A desk confirmed all of it between this scan's first look and its quantity."""
    from hansa.aid.tracking import scanning

    sent.pack()
    sent.line.confirm(sent.need, sent.shipment, 150)
    monkeypatch.setattr(scanning, "_require_open", lambda *_anything: None)
    for _time in range(2):
        answer = sent.scan(sent.la, "received", 1, once="one")
        assert answer.outcome == "partly"
        assert "The scan is recorded, but no quantity was booked" in answer.sentence
    assert (received(sent), Scan.objects.count()) == (150, 1)


def test_the_wrong_city_books_nothing_and_both_sides_see_it(sent):
    sent.pack()
    answer = sent.scan(sent.new_york, "received", 2, place="Warehouse 9")
    assert answer.outcome == "astray"
    assert "from Chicago to Los Angeles" in answer.sentence
    assert "Nothing was booked" in answer.sentence
    assert received(sent) == 0
    assert rules.places(sent.shipment)[way(sent)] == 4
    for town in (sent.la, sent.chicago):
        seen = rules.track(Shipment.objects.get(key=sent.shipment), town.log).astray
        assert [(scan.home, scan.place) for scan in seen] == [(sent.new_york.log, "Warehouse 9")]


def test_a_stranger_that_says_it_has_a_parcel_does_not_have_it(sent):
    sent.pack()
    assert sent.scan(sent.new_york, "took", 2).outcome == "astray"
    sent.scan(sent.la, "received", 1)
    assert [one.holder for one in track(sent).parcels] == [sent.la.log, *[sent.chicago.log] * 3]
    assert not any(one.contradicted for one in track(sent).parcels)


def test_who_carries_it_on_cannot_receive_it(sent):
    sent.pack(through=[f"{sent.new_york.log}@0"])
    answer = sent.scan(sent.new_york, "received", 2)
    assert answer.outcome == "astray"
    assert "not for you but for Los Angeles" in answer.sentence
    assert received(sent) == 0
    assert not track(sent).astray


def test_an_unknown_code_says_nothing_to_anybody(sent):
    entries = Entry.objects.count()
    for text in ("AAAA-AAAA-1", "us-il-chicago@999", "a shoe", "", "https://elsewhere.example/x"):
        answer = sent.scan(sent.la, "received", text=text)
        assert (answer.outcome, answer.field) == ("refused", "text")
        assert "No shipment here" in answer.sentence
    assert Entry.objects.count() == entries


def test_a_parcel_that_is_not_there_is_refused(sent):
    sent.pack()
    answer = sent.scan(sent.la, "received", 5)
    assert answer.outcome == "refused"
    assert "4 parcels" in answer.sentence
    assert received(sent) == 0


def test_what_was_received_already_is_not_booked_again(sent):
    sent.pack()
    sent.line.confirm(sent.need, sent.shipment, 150)
    entries = Entry.objects.count()
    answer = sent.scan(sent.la, "received", 1)
    assert answer.outcome == "again"
    assert "accounted for already, the last of it Sat 7 Jun 2025, 12:00 UTC" in answer.sentence
    assert Entry.objects.count() == entries


def test_less_than_the_label_says_is_what_was_counted(sent):
    sent.pack()
    assert sent.scan(sent.la, "received", 1, quantity="35").outcome == "booked"
    assert received(sent) == 35
    line = board.shipment_lines([Shipment.objects.get(key=sent.shipment)])[0]
    assert (line.state, line.unconfirmed) == ("partly", 115)


def test_more_than_is_left_is_refused_before_anything_is_said(sent):
    sent.pack()
    answer = sent.scan(sent.la, "received", 1, quantity="1,000")
    assert (answer.outcome, answer.field) == ("refused", "quantity")
    assert Scan.objects.count() == 0
    assert sent.scan(sent.la, "received", 1, quantity="many").outcome == "refused"


def test_a_load_nobody_packed_arrives_without_a_quantity_until_it_is_counted(sent):
    answer = sent.scan(sent.la, "received")
    assert answer.outcome == "booked"
    assert "count it" in answer.sentence
    assert received(sent) == 0
    assert rules.discrepancy() == []


def test_the_whole_shipment_is_scanned_at_once_by_the_drivers_sheet(sent):
    sent.pack()
    assert sent.scan(sent.la, "received", quantity="150").outcome == "booked"
    assert rules.places(sent.shipment) == {stocked(sent.chicago): -4, stocked(sent.la): 4}
    assert received(sent) == 150


def test_what_the_receiver_finds_wrong_is_disputed(sent):
    sent.pack()
    assert sent.scan(sent.la, "harmed", 3).field == "words"
    assert sent.scan(sent.la, "harmed", 3, words="One side is wet.").outcome == "booked"
    line = board.shipment_lines([Shipment.objects.get(key=sent.shipment)])[0]
    assert line.disputed
    assert line.receipt is not None
    assert line.receipt.words == "3: One side is wet."
    assert line.receipt.problem == "damaged"


def test_who_carries_it_tells_of_harm_without_disputing(sent):
    sent.pack(through=[f"{sent.new_york.log}@0"])
    assert sent.scan(sent.new_york, "short", 3, words="Open at one side.").outcome == "booked"
    assert Receipt.objects.count() == 0
    assert track(sent).scans[0].words == "Open at one side."


def test_only_its_sender_has_it_back_or_loses_it(sent):
    sent.pack()
    assert "Only its sender" in sent.scan(sent.la, "lost", 1).sentence
    assert sent.scan(sent.chicago, "lost", 1).outcome == "booked"
    assert sent.scan(sent.chicago, "back", 2).outcome == "booked"
    row = Shipment.objects.get(key=sent.shipment)
    assert (row.lost, row.returned) == (40, 40)
    assert rules.places(sent.shipment)[custody.WORLD, sent.chicago.log] == 1
    assert "You sent this shipment yourself" in sent.scan(sent.chicago, "received", 3).sentence


def test_a_wrong_clock_on_the_phone_is_shown_and_never_believed(sent, set_clock):
    sent.pack()
    sent.scan(sent.la, "received", 1, told="2031-01-01T00:00:00Z")
    sent.scan(sent.la, "received", 2, told="1970-01-01T00:00:00Z")
    sent.scan(sent.la, "received", 3, told="yesterday")
    sent.scan(sent.la, "received", 4, told="2025-06-08T10:00:00")
    told = {scan.parcel: scan.told_at for scan in Scan.objects.all()}
    assert told[1] is not None
    assert told[1].year == 2031
    assert (told[3], told[4]) == (None, None)
    assert {scan.at for scan in Scan.objects.all()} == {set_clock.at}
    assert received(sent) == 150


def test_two_that_both_have_it_are_told_so(sent, set_clock):
    sent.pack(through=[f"{sent.new_york.log}@0"])
    sent.scan(sent.la, "received", 1)
    set_clock.to("2025-06-07T18:00Z")
    sent.scan(sent.new_york, "took", 1)
    assert rules.places(sent.shipment)[way(sent)] == 2
    one = track(sent).parcels[0]
    assert one.contradicted
    assert set(one.claims) == {sent.la.log, sent.new_york.log}


def test_goods_that_go_back_are_packed_in_their_lots(sent):
    sent.pack()
    sent.scan(sent.la, "received", 4)
    call = sent.line.call
    pledge = Shipment.objects.get(key=sent.shipment).pledge
    back = sent.la.say(
        "aid.return/1", call=call, need=sent.need, pledge=pledge, back=sent.shipment,
        item="n95-respirator", unit="piece", quantity=30,
    )  # fmt: skip
    sent.la.say("aid.packing/1", shipment=back, parcels=[{"count": 1, "each": 30, "lot": "B-02"}])
    answer = sent.scan(sent.chicago, "received", text=f"{back}/1")
    assert answer.outcome == "booked"
    assert rules.places(back) == {stocked(sent.la): -1, stocked(sent.chicago): 1}


def test_a_label_names_the_same_shipment_however_it_is_read(sent):
    from hansa.aid.tracking import codes

    sent.pack()
    code = codes.shown(codes.code_of(sent.shipment), 2)
    for text in (
        code, code.lower(), code.replace("-", " "), f"{sent.shipment}/2", f"{sent.shipment} 2",
        f"https://another.example/scan/{sent.shipment}/2", f"http://localhost:8000/scan/{sent.shipment.replace('@', '%40')}/2/",
    ):  # fmt: skip
        found, parcel = rules.find(text, sent.la.log)
        assert found is not None, text
        assert (found.key, parcel) == (sent.shipment, 2), text


def test_a_code_is_found_before_anything_is_packed(sent):
    from hansa.aid.tracking import codes

    assert Packing.objects.count() == 0
    row, _parcel = rules.find(codes.code_of(sent.shipment), sent.la.log)
    assert row is not None
    assert row.key == sent.shipment


def test_rows_are_the_same_when_they_are_made_again(sent):
    sent.pack(through=[f"{sent.new_york.log}@0"], stops=[{"place": "Depot"}])
    sent.scan(sent.new_york, "took", 1)
    sent.scan(sent.la, "received")
    before, moves = state_hash(), Move.objects.count()
    rebuild()
    assert (state_hash(), Move.objects.count()) == (before, moves)
