"""What is spoken of a page."""

from __future__ import annotations

import pytest

from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK
from scripts.audiobook.html.parse import parse_page
from scripts.audiobook.html.to_text import speak_tree


def speak(body: str) -> list[Block]:
    """Return the blocks of a page with this body."""
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<body>{body}</body></html>"
    )
    return speak_tree(parse_page(page.encode(), "page.xhtml"))


def texts(body: str) -> list[str]:
    """Return the text of each block; notes have blocks of their own."""
    return [block.text for block in speak(body) if not block.footnote]


@pytest.mark.parametrize(
    ("body", "spoken"),
    [
        ("<p>One <em>two</em> t<b>hr</b>ee.</p>", "One two three."),
        ("<p>  One\n  two\t&#160; three </p>", "One two three"),
        ("<p>co&#173;op&#8203;er\u2060ate\ufeff</p>", "cooperate"),
        ("<p>Cafe\u0301</p>", "Caf\u00e9"),
        ("<p>&#x915;&#x94D;&#x200D;&#x937; a\u200db</p>", "\u0915\u094d\u200d\u0937 ab"),
        ("<p>the 10<sup>th</sup>, H<sub>2</sub>O</p>", "the 10th, H2O"),
        ("<p><abbr title='Mister'>Mr.</abbr> Smith</p>", "Mr. Smith"),
        ("<p>a<!-- not this -->b<?nor this?>c</p>", "abc"),
        ("<p><img alt='T' src='t.png'/>he cat<img alt='A cat' src='c.png'/></p>", "The cat"),
        ("<p>so <math alttext='x squared'><mi>x</mi></math> is</p>", "so x squared is"),
        ("<p>so <math><mi>x</mi><mo>+</mo><mn>1</mn></math></p>", "so x + 1"),
        ("<p><q>Yes</q></p>", "“Yes”"),
        ("<p>seen<span hidden=''>1</span><span style='display: none'>2</span></p>", "seen"),
        ("<p>seen<script>1</script><style>2</style><object>3</object></p>", "seen"),
        ("<p>seen</p><nav epub:type='toc'><ol><li>not</li></ol></nav>", "seen"),
        ("<figure><img alt='x' src='x'/><figcaption>A map.</figcaption></figure>", "A map."),
    ],
)
def test_a_paragraph_is_one_line_of_what_is_seen(body: str, spoken: str):
    """Markup, what is hidden and what has no width are gone; words are whole."""
    assert texts(body) == [spoken]


@pytest.mark.parametrize(
    "mark",
    [
        '<a epub:type="noteref" href="#n1">1</a>',
        '<a role="doc-noteref" href="n.xhtml#n1">note</a>',
        '<sup><a href="#n1">1</a></sup>',
        '<a href="#n1"><sup>12</sup></a>',
        '<a href="#x"><small>*</small></a>',
        '<a class="footnote-ref" href="#x">3</a>',
        '<a class="fnanchor" href="#x">[4]</a>',
        '<a href="#x">[5]</a>',
        '<a href="notes.xhtml#fn6">6</a>',
        '<a href="#x">†</a>',
    ],
)
def test_marks_of_notes_are_left_out(mark: str):
    """The sentence goes on as if there were no note."""
    assert texts(f"<p>He left{mark}. Then</p>") == ["He left. Then"]


@pytest.mark.parametrize(
    "text",
    [
        'see chapter <a href="five.xhtml">5</a>',
        'see chapter <a href="book.xhtml#chapter5">5</a>',
        'as <a href="#who">Smith</a> says',
        "verse <sup>12</sup> of it",
    ],
)
def test_numbers_and_links_that_are_no_notes_stay(text: str):
    """Only what looks as a note's mark is taken for one."""
    [spoken] = texts(f"<p>{text}</p>")

    assert spoken.split()[-1] in {"5", "says", "it"}
    assert len(spoken.split()) >= 3


@pytest.mark.parametrize(
    "note",
    [
        '<aside epub:type="footnote" id="n1"><p>Not this.</p></aside>',
        '<section role="doc-endnotes"><h2>Notes</h2><ol><li>Not this.</li></ol></section>',
        '<div class="footnotes"><p>Not this.</p></div>',
        '<p class="footnote"><a href="#back">1</a> Not this.</p>',
    ],
)
def test_notes_are_left_out(note: str):
    """A note is not spoken where the page prints it."""
    assert texts(f"<p>Before.</p>{note}<p>After.</p>") == ["Before.", "After."]
    notes = [block.footnote for block in speak(note) if block.footnote]
    assert notes == ["Not this."]


@pytest.mark.parametrize(
    "number",
    [
        '<span epub:type="pagebreak" title="12" id="p12">12</span>',
        '<span role="doc-pagebreak">xii</span>',
        '<span class="pagenum">[Pg 12]</span>',
        '<a class="page-number">12</a>',
    ],
)
def test_page_numbers_are_left_out(number: str):
    """The number of a printed page in the middle of a word is not heard."""
    assert texts(f"<p>for{number}ever</p>") == ["forever"]


def test_a_paragraph_with_the_class_of_a_page_break_is_text():
    """Some books mark the first paragraph of a page so; it is not lost."""
    assert texts('<p class="pagebreak">It began.</p>') == ["It began."]


def test_headings_know_their_level():
    """Elements, meanings and classes make headings; a long paragraph is none."""
    body = (
        '<h1>Book</h1><hgroup><h3>IV</h3><p>The Title</p></hgroup><p epub:type="title">Meant</p>'
        f'<p class="chapter-title">Classed</p><p class="title">{"long " * 40}</p>'
    )
    blocks = speak(body)

    assert [(block.kind, block.level) for block in blocks] == [
        ("heading", 1),
        ("heading", 3),
        ("heading", 2),
        ("heading", 2),
        ("heading", 2),
        ("paragraph", 0),
    ]


@pytest.mark.parametrize(
    ("heading", "spoken"),
    [
        ("Chapter 1<br/>The Title", ["Chapter 1", "The Title"]),
        ("XII.<br/>The Title", ["XII.", "The Title"]),
        ("The Adventure of<br/>the Blue Carbuncle", ["The Adventure of the Blue Carbuncle"]),
        ("<img src='x.png' alt='Chapter One'/>", ["Chapter One"]),
        ("<img src='x.png' alt='Flourish'/>I", ["I"]),
    ],
)
def test_a_heading_on_two_lines(heading: str, spoken: list[str]):
    """A number above a title is a heading of its own; a title on two lines is one."""
    assert texts(f"<h2>{heading}</h2>") == spoken


@pytest.mark.parametrize(
    "verse",
    [
        (
            "<blockquote epub:type='z3998:poem'><p><span>One,</span><br/><span>two.</span></p>"
            "<p>Three.</p></blockquote>"
        ),
        (
            "<div class='poem'><div class='stanza'><div>One,</div><div>two.</div></div>"
            "<div class='stanza'><div>Three.</div></div></div>"
        ),
        "<div class='poetry'><p class='line'>One,</p><p class='line'>two.</p><p>Three.</p></div>",
        (
            "<div class='stanza'><span>One,<br/></span><span>two.<br/></span></div>"
            "<div class='stanza'><span>Three.<br/></span></div>"
        ),
    ],
)
def test_verse_keeps_its_lines(verse: str):
    """However a poem is marked up, a line is a line and a stanza a paragraph."""
    blocks = speak(verse)

    assert [(block.kind, block.text) for block in blocks] == [
        ("verse", "One,\ntwo."),
        ("verse", "Three."),
    ]


def test_line_breaks_outside_verse():
    """Short lines are kept, wrapped prose is joined, two breaks end a paragraph."""
    wrapped = "<br/>".join(["a line of prose that some program broke at its seventieth column"] * 2)
    body = f"<p>12 High Street<br/>Oxford</p><p>{wrapped}</p><p>One.<br/> <br/>Two.</p>"

    address, prose, one, two = texts(body)

    assert address == "12 High Street\nOxford"
    assert "\n" not in prose
    assert (one, two) == ("One.", "Two.")


@pytest.mark.parametrize(
    "between",
    [
        "<hr/>",
        "<p>* * *</p>",
        "<p>\u2042</p>",
        "<p>———</p>",
        "<p class='center'>•&#160;•&#160;•</p>",
        "<div class='scene-break'><img src='o.png' alt=''/></div>",
        "<p>&#160;</p>",
        "<hr/><p>* * *</p>",
    ],
)
def test_scene_breaks_become_one_pause(between: str):
    """Rules, stars, ornaments and a lone empty paragraph are a pause between two scenes."""
    around = "<p>Text.</p>" * 10

    text = join_blocks(speak(f"{around}<p>Before.</p>{between}<p>After.</p>"))

    assert text.endswith(f"Before.\n\n{SCENE_BREAK}\n\nAfter.")


@pytest.mark.parametrize("text", ["…", "“…”", "?", "— No."])
def test_silent_speech_is_no_scene_break(text: str):
    """A person who says nothing says it in a paragraph of its own."""
    assert texts(f"<p>{text}</p>") == [text]


def test_empty_paragraphs_between_all_others_are_no_breaks():
    """Where a program put space between paragraphs, nothing is paused."""
    assert "break" not in {block.kind for block in speak("<p>Text.</p><p>&#160;</p>" * 10)}


def test_lists_are_items_with_their_numbers():
    """An ordered list counts as it shows; an item of several paragraphs has one number."""
    body = (
        "<ol start='3'><li><p>three</p><p>more</p></li><li value='7'>seven</li></ol>"
        "<ol type='a'><li>x</li></ol><ol type='I' reversed=''><li>y</li><li>z</li></ol>"
        "<ol style='list-style-type: none'><li>plain</li></ol>"
        "<ul><li>dot<ul><li>inner</li></ul></li></ul><dl><dt>word</dt><dd>sense</dd></dl>"
    )

    assert texts(body) == [
        *("3. three", "more", "7. seven", "a. x", "II. y", "I. z", "plain"),
        *("dot", "inner", "word", "sense"),
    ]


def test_a_table_is_spoken_row_by_row():
    """Cells are separated by commas and named by their column, notes in them left out."""
    body = (
        "<table><caption>Ages</caption><tr><th>Name</th><th>Age</th><th>Town</th></tr>"
        "<tr><td>Ann</td><td>30<sup><a href='#n'>1</a></sup></td><td/></tr>"
        "<tr><th>Bob</th><td>41</td><td>Rome</td></tr></table>"
        "<table><tr><td>tea,</td><td>2 cups</td></tr></table>"
    )

    assert texts(body) == ["Ages", "Ann, Age: 30.", "Bob, Age: 41, Town: Rome.", "tea, 2 cups."]


def test_a_table_that_only_lays_out_is_read_as_paragraphs():
    """One column, or cells with several paragraphs, are no table to a listener."""
    assert texts("<table><tr><td>One.</td></tr></table>") == ["One."]
    assert texts("<table><tr><td><p>A.</p><p>B.</p></td><td>C.</td></tr></table>") == [
        *("A.", "B.", "C."),
    ]


def test_ruby_speaks_kana_for_japanese_and_the_text_for_others():
    """The author's reading of a name is spoken; pinyin and emphasis dots are not."""
    body = (
        "<p><ruby>本気<rp>(</rp><rt>マジ</rt><rp>)</rp></ruby>で</p>"
        "<p><ruby>北<rt>běi</rt>京<rt>jīng</rt></ruby></p><p><ruby>点<rt>・</rt></ruby></p>"
    )

    assert texts(body) == ["マジで", "北京", "点"]


def test_anchors_stay_with_the_text_that_follows_them():
    """A link to a section, to an empty name or into a paragraph leads to that block."""
    body = (
        "<section id='s'><h2 id='h'>Title</h2><a id='before'/><p>Text <i id='in'>x</i></p>"
        "</section><span epub:type='pagebreak' id='p9'>9</span><p>More.</p><a name='last'/>"
    )

    assert [(block.text, block.anchors) for block in speak(body)] == [
        ("Title", ("s", "h")),
        ("Text x", ("before", "in")),
        ("More.", ("p9",)),
        ("", ("last",)),
    ]


def test_a_chapters_text_has_pauses_only_between_texts():
    """A pause follows the last of several headings; breaks at edges and doubled ones are none."""
    stop, title, text = Block("break", ""), Block("heading", "I", 2), Block("paragraph", "Text.")

    joined = join_blocks([stop, title, title, stop, text, stop, stop, text, title, text, stop])

    assert joined.split("\n\n") == [
        *("I", "I", HEADING_PAUSE, "Text.", SCENE_BREAK, "Text."),
        *("I", HEADING_PAUSE, "Text."),
    ]


def test_project_gutenbergs_licence_is_left_out():
    """The licence around each of its books is no part of them."""
    body = "<section class='pg-boilerplate pgheader'><p>Licence</p></section><p>It began.</p>"

    assert texts(body) == ["It began."]


@pytest.mark.parametrize("name", ["transnote", "tnote", "transcriber-note"])
def test_a_transcribers_box_is_left_out(name: str):
    """By the class that those who transcribe give it."""
    body = f"<div class='{name}'><h3>Notes</h3><p>Errors were mended.</p></div><p>It began.</p>"

    assert texts(body) == ["It began."]


@pytest.mark.parametrize(
    ("body", "spoken"),
    [
        pytest.param(
            "<p>So <math><semantics><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><annotation "
            "encoding='application/x-tex'>a+b^2</annotation></semantics></math> is.</p>",
            ["So a + b is."],
            id="no annotation",
        ),
        pytest.param(
            "<p>So <math alttext='Alternative text not available'><mi>a</mi></math> is.</p>",
            ["So a is."],
            id="placeholder",
        ),
        pytest.param(
            "<p>So <math alttext='\\frac{a}{b}'><mfrac><mi>a</mi><mi>b</mi></mfrac></math> is.</p>",
            ["So formula is."],
            id="fraction",
        ),
        pytest.param(
            "<div lang='fr'><p>Donc <math><msup><mi>a</mi><mn>2</mn></msup></math>.</p></div>",
            ["Donc formule ."],
            id="language",
        ),
        pytest.param("<p>A.</p><pre><code>x = 1</code></pre><p>B.</p>", ["A.", "B."], id="code"),
        pytest.param("<pre>if (a) {\n  b = c;\n}</pre><p>B.</p>", ["B."], id="bare code"),
        pytest.param("<pre>Dear Ann,\nyours, Bob</pre>", ["Dear Ann,\nyours, Bob"], id="letter"),
        pytest.param("<p>See http://example.org/a_b?c=1 now.</p>", ["See now."], id="address"),
        pytest.param("<p>It was late.<sup>1</sup> So.</p>", ["It was late. So."], id="mark"),
        pytest.param("<p>An area of 3 km<sup>2</sup>.</p>", ["An area of 3 km2."], id="power"),
        pytest.param(
            "<table><tr><td>Anna</td><td>Is it you?</td></tr>"
            "<tr><td>Bob</td><td>No.</td></tr></table>",
            ["Anna. Is it you?", "Bob. No."],
            id="play in a table",
        ),
        pytest.param(
            "<p><span class='speaker'>ANNA</span> Is it you?</p>",
            ["ANNA. Is it you?"],
            id="play on a line",
        ),
        pytest.param(
            "<div>The boat was gone</div><div>before the dawn</div><div>and nobody</div>"
            "<div>had seen it leave</div><p>It rained.</p><p>And it rained.</p>",
            ["The boat was gone\nbefore the dawn\nand nobody\nhad seen it leave\nIt rained."],
            id="verse",
        ),
        pytest.param(
            "<p>“No.”</p><p>“Why?”</p><p>“So.”</p><p>“Oh!”</p>", ["“No.”", "“Why?”"], id="talk"
        ),
    ],
)
def test_what_a_reader_would_say(body: str, spoken: list[str]) -> None:
    """Formulas once, no code and no addresses, speakers with a stop, verse with its lines."""
    assert [text for text in texts(body) if text][: len(spoken)] == spoken


@pytest.mark.parametrize(
    ("body", "spoken"),
    [
        ("<p><img alt='W' src='w.png'/>HEN it rained.</p>", "WHEN it rained."),
        ("<p><img alt='Ornate initial letter T' src='t.png'/>HE mill.</p>", "THE mill."),
        ("<p><img alt='Lettrine L' src='l.png'/><span>e port.</span></p>", "Le port."),
        ("<p><img alt='T, decorated initial' src='t.png'/>he mill.</p>", "The mill."),
        ("<p><img alt='A boat' src='b.png'/>he mill.</p>", "he mill."),
        ("<div class='drop'>A</div><p>fter that they left.</p>", "After that they left."),
        ("<div>“I</div><p>t was so.</p>", "“It was so."),
        ("<div>A</div><p>mill stood.</p><p>The mill fell.</p>", "A mill stood."),
    ],
)
def test_words_get_their_initials_back(body: str, spoken: str) -> None:
    """Drawn, described, or set in a block of their own."""
    assert texts(body)[0] == spoken
