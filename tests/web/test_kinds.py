"""Kinds to choose from: each has words of its own, in every language."""

import pytest
from django.utils import translation

from hansa.kernel.record import KINDS
from hansa.web.kinds import kind_choices, kind_words


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_kind_has_words_of_its_own(language):
    with translation.override(language):
        choices = kind_choices()
    assert {tag for tag, _words in choices} == set(KINDS)
    assert all(words.strip("… ") and "{" not in words for _tag, words in choices)
    assert len({words for _tag, words in choices}) == len(choices)


def test_a_kind_that_this_node_does_not_know_is_called_by_its_tag():
    assert kind_words("law.case/1") == "law.case/1"
    assert kind_words("pact.call/1") == "Calls for aid"
