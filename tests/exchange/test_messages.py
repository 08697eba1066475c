"""EDXL-RM in EDXL-DE: whatever is written is read again the same, and nothing of another's message is lost."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hansa.aid.exchange import de, rm, rmxml
from hansa.aid.exchange.rm import (
    Coded,
    Contact,
    Incident,
    Message,
    Recall,
    Resource,
    Response,
    Schedule,
)
from hansa.aid.exchange.xml import fit, parse
from hansa.kernel.errors import Untrusted
from tests.exchange.schemas import schema

TEXT = st.text(max_size=30).map(lambda text: " ".join(fit(text).split()))
SOME = TEXT.filter(bool)
CODED = st.builds(Coded, TEXT, TEXT)
RESPONSE = st.builds(Response, st.sampled_from(rm.RESPONSES) | SOME, TEXT, CODED, TEXT)
SCHEDULE = st.builds(Schedule, st.sampled_from(rm.SCHEDULES) | SOME, TEXT, TEXT)
RESOURCE = st.builds(
    Resource,
    SOME,
    id=TEXT,
    name=TEXT,
    type=CODED,
    description=TEXT,
    special=TEXT,
    owner=TEXT,
    deployment=CODED,
    availability=TEXT,
    amount=TEXT,
    unit=CODED,
    quantity=TEXT,
    restrictions=TEXT,
    function=TEXT,
    order=TEXT,
    schedules=st.lists(SCHEDULE, max_size=3).map(tuple),
    response=st.none() | RESPONSE,
)
MESSAGE = st.builds(
    Message,
    st.sampled_from(rm.KINDS),
    SOME,
    TEXT,
    originating=TEXT,
    preceding=TEXT,
    description=TEXT,
    incidents=st.lists(st.builds(Incident, TEXT, SOME), max_size=2).map(tuple),
    recall=st.none() | st.builds(Recall, SOME, st.sampled_from(rm.RECALLS) | SOME),
    contacts=st.lists(st.builds(Contact, SOME, TEXT), max_size=2).map(tuple),
    resources=st.lists(RESOURCE, max_size=3).map(tuple),
)
STRANGE = """
<RequestResource xmlns="urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg" xmlns:rm="urn:oasis:names:tc:emergency:EDXL:RM:1.0" xmlns:x="urn:x-elsewhere" urgency="high">
  <MessageID>urn:elsewhere:7</MessageID><SentDateTime>2025-06-07T12:00:00Z</SentDateTime>
  <MessageContentType>RequestResource</MessageContentType>
  <Funding><rm:FundCode>1234</rm:FundCode></Funding>
  <x:Note kind="b">Bring a <x:b>map</x:b>.</x:Note>
  <ResourceInformation><ResourceInfoElementID>001</ResourceInfoElementID>
    <ResponseInformation><rm:ResponseType>Perhaps</rm:ResponseType></ResponseInformation>
    <Resource><Name>Dogs</Name><Credentials>Handler</Credentials></Resource>
    <AssignmentInformation><Quantity><rm:MeasuredQuantity><rm:Amount>4</rm:Amount></rm:MeasuredQuantity></Quantity>
      <PriceQuote><rm:QuantityText>10</rm:QuantityText></PriceQuote></AssignmentInformation>
    <ScheduleInformation><ScheduleType>Whenever</ScheduleType></ScheduleInformation>
  </ResourceInformation>
</RequestResource>"""


@settings(max_examples=60, deadline=None)
@given(MESSAGE)
def test_what_is_written_is_read_again_the_same(message):
    content = etree.tostring(rmxml.write(message))
    assert rmxml.read(parse(content)) == message


@settings(max_examples=25, deadline=None)
@given(st.lists(MESSAGE, min_size=1, max_size=3))
def test_an_envelope_brings_its_messages_whole(messages):
    contents = tuple(de.Content(one) for one in messages)
    sent = de.Envelope(
        "1",
        "eoc",
        "2025-06-07T12:00:00Z",
        "Exercise",
        "Request",
        contents,
        "None",
        ("a,b,c",),
        ("x",),
    )
    data = de.write(sent)
    schema("edxl-de.xsd").assertValid(etree.fromstring(data))
    came = de.read(data)
    assert [one.message for one in came.contents] == messages
    assert replace(came, contents=()) == replace(sent, contents=())


def test_unknown_parts_and_codes_are_kept_shown_and_given_on():
    message = rmxml.read(parse(STRANGE.encode()))
    told = "\n".join(rm.strangers(message))
    for word in ("Perhaps", "Whenever", "Handler", "PriceQuote", "FundCode", "map", "urgency=high"):
        assert word in told, word
    again = rmxml.read(parse(etree.tostring(rmxml.write(message))))
    assert again == message
    assert again.resources[0].response == Response("Perhaps")


@settings(max_examples=40, deadline=None)
@given(MESSAGE, st.lists(SOME, max_size=4))
def test_no_foreign_element_is_dropped_wherever_it_stands(message, words):
    root = rmxml.write(message)
    places = [one for one in root.iter() if len(one) or one is root]
    for number, word in enumerate(words):
        child = etree.SubElement(places[number * 7 % len(places)], "{urn:x-elsewhere}More")
        child.text = word
    read = rmxml.read(parse(etree.tostring(root)))
    unknown = [*read.unknown, *(one for part in read.resources for one in part.unknown)]
    assert sorted(str(etree.fromstring(one.xml).text) for one in unknown) == sorted(words)


def test_other_namespaces_of_the_same_elements_are_read():
    # Some systems put every element into the one namespace, some into the other.
    other = STRANGE.replace("<rm:", "<").replace("</rm:", "</")
    read = rmxml.read(parse(other.encode()))
    assert read.resources[0].amount == "4"
    assert read.resources[0].response == Response("Perhaps")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<a/>", "neither EDXL-DE 1.0 nor EDXL-RM 1.0"),
        ('<RequestResource xmlns="urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"/>', "no MessageID"),
        (
            f'<RequestResource xmlns="{rm.RMSG}"><MessageID>{"x" * 301}</MessageID></RequestResource>',
            "more than 300 characters",
        ),
        ("<a", "not well-formed"),
        ("", "not well-formed"),
    ],
)
def test_what_is_no_message_is_refused_in_words(content, sentence):
    with pytest.raises(Untrusted, match=sentence):
        de.read(content.encode())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<a>{text}</a>".encode()))
def test_any_bytes_are_read_or_refused(data):
    with suppress(Untrusted):
        de.read(data)
