"""SSML becomes inline markup in place, or is refused by name before anybody works on it."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.errors import InvalidRequest
from jobs.text.boundaries import find_cut
from jobs.text.sentences import join_words, read_sentences
from jobs.text.source_text import read_source
from jobs.text.ssml import is_ssml
from jobs.text.ssml_values import KINDS

TAGS = [
    *("<p>", "</p>", "<s>", "</s>", "<break/>", '<break time="1.5s"/>', "<br/>", "</prosody>"),
    *('<prosody rate="fast">', '<prosody rate="+10%">', '<prosody rate="x"/>', "<prosody/>"),
    *('<sub alias="a (b)">', '<sub alias="a/"/>', "</sub>", '<phoneme ph="a">', "</phoneme>"),
    *('<say-as interpret-as="characters">', '<say-as interpret-as="date" format="dmy">'),
    *(
        "</say-as>",
        "<speak>",
        "</speak>",
        "<!-- x -->",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<!DOCTYPE x>",
    ),
]
WORDS = [
    *("word", "Hello. ", "3/4/2024", "é", "你好。", "[", "]", "(/", "/)", "[a](/", "[pause:1s]"),
    *("[x](say:y)", "[speed:50%]", "&amp;", "&#93;", "&#32;", "&nbsp;", "&", "<", ">", '"', "\n\n"),
    *("\u200b", "\u0301", "\u2028", "\0", "🙂", "x" * 90),
]
DOCUMENTS = st.lists(st.sampled_from([*TAGS, *WORDS]), max_size=12).map(
    lambda parts: f"<speak>{''.join(parts)}</speak>"
)
BALANCED = st.recursive(
    st.sampled_from([word for word in WORDS if not {*"&<>\0"}.intersection(word)] + ["&lt;", " "]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5).map("".join),
        st.builds(
            str.format,
            st.sampled_from(
                [
                    "<p>{}</p>",
                    "<s>{}</s>",
                    '<prosody rate="slow">{}</prosody>',
                    '{}<break strength="strong"/>',
                ]
            ),
            inner,
        ),
        st.builds(
            str.format,
            st.sampled_from(
                [
                    '<sub alias="one two">{}</sub>',
                    '<phoneme ph="wˈʌn">{}</phoneme>',
                    '<say-as interpret-as="telephone">{}</say-as>',
                ]
            ),
            st.sampled_from(["W3C", "", " a  [b] ", "1" * 90, "é&amp;"]),
        ),
    ),
    max_leaves=25,
)


def read(content: str) -> str:
    """Return what is read of a document with `content`."""
    return read_source(f"<speak>{content}</speak>").text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hello &lt; <![CDATA[<b> &amp;]]>", "Hello < <b> &amp;"),
        ("\n  Hello\n\n  there. \n", "Hello there. "),
        ("a <!-- not read --> b", "a b"),
        ("a<break/>b", "a[pause:0.5s]b"),
        ('a<break time="1.5s"/>b<break time="250ms"/>c', "a[pause:1.5s]b[pause:0.25s]c"),
        ('a<break strength="x-strong" time=".2s"/>b', "a[pause:0.2s]b"),
        ('a <break strength="none"/> b<break time="0s"/>c', "a b c"),
        ('a<break time="999999s"/>b', "a[pause:60s]b"),
        ("<p>One.</p><p>Two.</p>", "One.\n\n\n\nTwo.\n\n"),
        ("<s>One.</s><s>Two</s> <s>Three</s>", "One. Two[pause:0.35s] Three[pause:0.35s]"),
        ('<sub alias="World  Wide (Web)">W3C</sub>', "[W3C](say:World Wide Web)"),
        ('<sub alias="see">[1]</sub>', "[(1)](say:see)"),
        ('<sub alias="Hello"/>', "[Hello](say:Hello)"),
        ('<phoneme alphabet="ipa" ph="pɪkˈɑn"> pecan </phoneme>', "[pecan](/pɪkˈɑn/)"),
        ('<say-as interpret-as="spell-out">ABC</say-as>', "[ABC](as:characters)"),
        ('<say-as interpret-as="currency">$5</say-as>', "[$5](as:money)"),
        ('<say-as interpret-as="ordinal"> </say-as>', ""),
        (
            '<say-as interpret-as="date" format="dmy">3/4/24</say-as>',
            "[3/4/24](as:date:2024-04-03)",
        ),
        (
            '<say-as interpret-as="date" format="mdy">12.31.1999</say-as>',
            "[12.31.1999](as:date:1999-12-31)",
        ),
        ('<say-as interpret-as="date" format="md">3/4</say-as>', "[3/4](as:date)"),
        (
            f'<say-as interpret-as="digits">{"7" * 50}</say-as>',
            f"[{'7' * 40}](as:digits)[{'7' * 10}](as:digits)",
        ),
        ('a <prosody rate="fast">b</prosody> c', "a [speed:125%]b[speed:100%] c"),
        (
            '<prosody rate="80%">b <prosody rate="+50%">c</prosody></prosody>',
            "[speed:80%]b [speed:120%]c[speed:80%][speed:100%]",
        ),
        ('<prosody rate="1.5">b</prosody>', "[speed:150%]b[speed:100%]"),
        ('<prosody rate="medium">b</prosody><prosody rate="slow"/>', "b"),
    ],
)
def test_elements_are_what_inline_markup_says(content: str, expected: str):
    """There is one way to pause, to pronounce and to change the speed; SSML is put into it."""
    assert read(content) == expected


def test_a_whole_document_is_read():
    """With a declaration, namespaces and a language, as programs write it."""
    text = (
        '\ufeff<?xml version="1.0" encoding="UTF-16"?>\n<speak version="1.1" xml:lang="en-US"\n'
        '  xmlns="http://www.w3.org/2001/10/synthesis" xmlns:x="urn:x">Zoë.</speak>\n'
    )

    source = read_source(text)

    assert source.text == "Zoë."
    assert text[slice(*source.find_span(0, 3))] == "Zoë"


@pytest.mark.parametrize("before", ["<!-- a -->", "<?xml version='1.0'?><!--a-b--> <!---->\n"])
def test_comments_may_stand_before_the_document(before: str):
    """They are no part of what is read."""
    assert read_source(f"{before}<speak>Oats.</speak>").text == "Oats."


@pytest.mark.parametrize(
    "text",
    [
        "speak <speak>",
        "<!-- a <speak>b</speak>",
        "<!-- a --> b <speak>",
        "<speaker>Hello",
        "<b>Hello</b>",
        "&lt;speak>",
        "<SPEAK>a</SPEAK>",
        "<speak",
    ],
)
def test_other_texts_are_no_ssml(text: str):
    """Elsewhere tags are text."""
    assert not is_ssml(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>Hello", "line 1, column 13: no element found in <speak>"),
        ("<speak><s>Go.</p></speak>", "column 16: mismatched tag in <s>"),
        (
            "<speak>\n<prosody rate='fast'>1 < 2",
            "line 2, column 25: not well-formed (invalid token)",
        ),
        (
            "<?xml version='1.0'?>\n<!-- a -->\n <!DOCTYPE speak\n SYSTEM 'a'>",
            "line 3, column 2: a",
        ),
        (f"<speak><sub alias='{'a ' * 9999}'>b</sub></speak>", "more than 200 characters"),
        ("<speak>a\n é<b", "line 2, column 3: unclosed token"),
        ("<speak>a</speak> b", "line 1, column 18: junk after document element"),
        ("<speak>a &nbsp; b</speak>", "line 1, column 10: undefined entity"),
        ("<speak>a & b</speak>", "line 1, column 11: not well-formed"),
        ("<speak><p>a</s></p></speak>", "line 1, column 14: mismatched tag"),
        (
            "<speak>\n<voice name='x'>a</voice></speak>",
            "line 2, column 1: <voice> is not supported",
        ),
        ("<speak><mstts:express-as/></speak>", "<mstts:express-as> is not supported; known are"),
        ("<speak><audio src='x'/></speak>", "<audio> is not supported"),
        ("<speak rate='1'>a</speak>", "attribute 'rate' of <speak> is not supported"),
        ("<speak><p xml:lang='fr'>a</p></speak>", "attribute 'xml:lang' of <p>"),
        ("<speak><prosody pitch='high'>a</prosody></speak>", "attribute 'pitch' of <prosody>"),
        ("<speak><prosody rate='-100%'>a</prosody></speak>", "rate '-100%' is not supported; use"),
        ("<speak><break time='5'/></speak>", "time '5' is not one like 500ms or 1.5s"),
        ("<speak><break strength='huge'/></speak>", "strength 'huge' is not supported; use none"),
        ("<speak><break>a</break></speak>", "column 15: <break> must not hold text"),
        ("<speak><sub>a</sub></speak>", "<sub> needs the attribute 'alias'"),
        ("<speak><sub alias=' - '>a</sub></speak>", "alias ' - ' holds no words"),
        ("<speak><sub alias='a'><s>b</s></sub></speak>", "<s> must not stand in <sub>"),
        ("<speak><speak>a</speak></speak>", "<speak> must not stand in <speak>"),
        (
            f"<speak><sub alias='a'>{'b' * 201}</sub></speak>",
            "<sub> holds more than 200 characters",
        ),
        ("<speak><phoneme ph='a/b'>c</phoneme></speak>", "ph 'a/b' is no sound"),
        ("<speak><phoneme alphabet='x-sampa' ph='a'>b</phoneme></speak>", "alphabet 'x-sampa'"),
        ("<speak><say-as interpret-as='bleep'>a</say-as></speak>", "interpret-as 'bleep'"),
        (
            "<speak><say-as interpret-as='date' format='x'>a</say-as></speak>",
            "date format 'x' is not supported; use mdy",
        ),
        (
            "<speak><say-as interpret-as='cardinal' format='x'>a</say-as></speak>",
            "cardinal format 'x' is not supported; leave it out",
        ),
        ("<!DOCTYPE speak><speak>a</speak>", "a DOCTYPE is not supported"),
        (
            "<!DOCTYPE speak [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><speak>&b;</speak>",
            "a DOCTYPE is not supported",
        ),
        (
            "<?xml version='1.0'?><!DOCTYPE speak SYSTEM 'file:///etc/passwd'><speak>a</speak>",
            "a DOCTYPE is not supported",
        ),
        ("<speak><?php x?>a</speak>", "<?php?> is not supported"),
    ],
)
def test_everything_else_is_refused_with_its_place(text: str, message: str):
    """Line, column and name, in one line."""
    with pytest.raises(InvalidRequest) as caught:
        read_source(text)

    assert message in str(caught.value)
    assert str(caught.value).startswith("the SSML is wrong at line ")
    assert "\n" not in str(caught.value)


def test_every_way_to_say_a_stretch_is_inline_markup():
    """No kind is lost on the way."""
    said = {read(f'<say-as interpret-as="{kind}">1</say-as>') for kind in KINDS}

    assert said == {f"[1](as:{kind})" for kind in set(KINDS.values())}


def test_captions_show_the_words_without_tags():
    """A sentence goes on where only the speed changes."""
    source = read_source(
        '<speak><s>Meet <sub alias="Doctor Who">Dr W</sub></s><s>I said <prosody rate="slow">'
        'th</prosody>is&#33;</s> <prosody rate="fast">Is <phoneme ph="ɪt">it</phoneme> so?'
        "</prosody> Yes.</speak>"
    )

    assert [join_words(sentence) for sentence in read_sentences(source.text)] == [
        "Meet Dr W",
        "I said this!",
        "Is it so?",
        "Yes.",
    ]


def check_laws(text: str) -> None:
    """Assert that cuts of what is read tile the source, and that each is found again."""
    source = read_source(text)
    cuts = [0]
    while cuts[-1] < len(source.text):
        cuts.append(find_cut(source.text, cuts[-1], 30).end)
    places = [source.find_cut(cut) for cut in cuts] if source.text else [0, len(text)]
    assert (places[0], places[-1]) == (0, len(text))
    assert all(first < second for first, second in pairwise(places))
    assert [source.find_place(place) for place in places[1:-1]] == cuts[1:-1]
    for at in range(len(source.text)):
        start, end = source.find_span(at, at + 1)
        assert 0 <= start < end <= len(text)


@settings(max_examples=200, deadline=None)
@given(text=DOCUMENTS)
@example(text="<speak>[a](/<sub alias='b/'>c</sub>/)</speak>")
@example(text="<speak>[a](/<break/><prosody rate='fast'>b</prosody>/)</speak>")
def test_hostile_markup_is_read_or_refused(text: str):
    """Nothing but the documented error comes out of any document."""
    try:
        check_laws(text)
    except InvalidRequest:
        return


@settings(max_examples=200, deadline=None)
@given(content=BALANCED)
def test_every_document_of_known_elements_is_read(content: str):
    """Its cuts are places of the source."""
    check_laws(f"<speak>{content}</speak>")


@pytest.mark.parametrize(
    "unit",
    [
        "<s>",
        "<prosody rate='fast'>",
        "&#32;",
        "&#160;",
        "<break/>",
        "a <p/>",
        "<p></p>",
        "[a](/",
        "<sub alias='a'/>",
        "é ",
    ],
)
def test_a_long_document_takes_time_in_proportion(unit: str):
    """Ten times the document takes at most fifteen times the work, whether it is read or not."""

    def seconds(count: int) -> float:
        text = f"<speak><sub alias='a'>b</sub>{unit * count}</speak>"
        started = time.process_time()
        with suppress(InvalidRequest):
            read_source(text)
        return time.process_time() - started

    # A machine with other work gets several tries.
    assert any(seconds(6_000) < 15 * seconds(600) + 0.05 for _ in range(8))
