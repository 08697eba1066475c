"""A call with many facts still shows its duties without a long way to scroll."""

from tests.attacks.words import fact
from tests.builders import call


def test_the_newest_facts_stand_on_the_page_and_the_rest_behind_one_link(towns, sit):
    position = call(towns)
    for i in range(14):
        text = f"Fact number {i:02} of this day."
        towns[0].say(
            "pact.fact/1",
            **{**fact(), "call": position, "text": text, "when": f"2025-06-07T10:{i:02}Z"},
        )
    page = sit(towns[0].by).get(f"/call/{position}").content.decode()
    said = page[page.index('id="facts"') : page.index('id="duties"')]
    assert "Fact number 13" in said
    assert "Fact number 02" in said
    assert "Fact number 01" not in said
    assert "2 earlier facts are left out here." in said
    rest = sit(towns[0].by).get(f"/facts?call={position}").content.decode()
    assert "Fact number 01" in rest
