"""Who speaks which passage of a book, and what a change of a role costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.books.manifest import BookPart, Manifest
from jobs.text.roles import Role
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.open_book import open_book
from scripts.audiobook.plan.choose import BookOptions
from scripts.audiobook.plan.inline_tags import read_tags
from scripts.audiobook.plan.passages import ProposedRole, propose_roles
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.audiobook.plan.plan_file import read_plan, write_plan
from scripts.audiobook.plan.write_manifest import PreparedBook, prepare_book
from tests.builders.epubs import page, write_epub

NOVEL = (
    "Chapter I\n\nThe “Quay”\n\n[pause:1s]\n\n“Come!” she said.\n\n"
    "He [voice:am_adam]“came” [voice:Ann]and[voice:default] went."
)
PLAY = "Act I\n\n[pause:1s]\n\nLANE. No, “sir”.\n\nMASTER. [Rising.] Why?\n\nLANE. I know."


LETTER = (
    '<h1>One</h1><p>A letter came.<a epub:type="noteref" href="#n1">1</a> It said:</p>'
    "<blockquote><p>Dear Ann, “come” soon.</p><p>Yours, Tom.</p></blockquote>"
    '<p>“No,” said Ann.<a epub:type="noteref" href="#n2">2</a></p>'
    '<aside epub:type="footnote" id="n1"><p>1. By the evening post.</p></aside>'
    '<aside epub:type="footnote" id="n2"><p><a href="#r2">2</a> She never went.</p></aside>'
)
LETTER_IN_MARKDOWN = (
    "# One\n\nA letter came.[^1] It said:\n\n> Dear Ann, “come” soon.\n>\n> Yours, Tom.\n\n"
    "“No,” said Ann.[^b]\n\n[^1]: By the evening *post*.\n[^b]: She never went.\n"
)


def prepare(text: str, roles: dict[str, Role], pause_scale: float = 1.0) -> PreparedBook:
    """Cut a book of one chapter."""
    book = Book(Path("quay.txt"), "The Quay", "", "en", (Chapter("I", text),))
    return prepare_book(book, BookOptions(roles=roles, pause_scale=pause_scale))


def speakers(manifest: Manifest) -> list[tuple[str, str, str]]:
    """Return who says what in which voice."""
    return [(part.speaker, part.request.voice, part.request.text) for part in manifest.parts]


def test_a_novel_has_voices_for_narrator_dialogue_and_titles() -> None:
    """Tags in the text win over them; a role's name is a tag, too."""
    roles = {
        "narrator": Role(voice="bm_george"),
        "dialogue": Role(voice="bf_emma", speed=1.2),
        "title": Role(voice="am_adam"),
        "Ann": Role(voice="af_sky"),
    }
    prepared = prepare(NOVEL, roles)

    assert speakers(prepared.manifest) == [
        ("title", "am_adam", "Chapter I\n\nThe “Quay”\n\n[pause:1s]"),
        ("dialogue", "bf_emma", "“Come!”"),
        ("", "bm_george", "she said.\n\nHe"),
        ("", "am_adam", "“came”"),
        ("Ann", "af_sky", "and"),
        ("", "bm_george", "went."),
    ]
    assert [part.request.speed for part in prepared.manifest.parts][:3] == [1.0, 1.2, 1.0]
    assert prepared.warnings == ()
    assert speakers(prepare(NOVEL, roles, 2.0).manifest)[0][2].endswith("[pause:2s]")


def test_a_play_has_a_voice_for_each_name() -> None:
    """The narrator says names and stage directions; who is named otherwise is reported."""
    roles = {
        "Lane": Role(voice="am_adam"),
        "MASTER": Role(voice="af_sky"),
        "Nobody": Role(voice="af_sky"),
    }
    prepared = prepare(PLAY, roles)

    assert speakers(prepared.manifest) == [
        ("", "af_heart", "Act I\n\n[pause:1s]\n\nLANE."),
        ("Lane", "am_adam", "No, “sir”."),
        ("", "af_heart", "MASTER. [Rising.]"),
        ("MASTER", "af_sky", "Why?"),
        ("", "af_heart", "LANE."),
        ("Lane", "am_adam", "I know."),
    ]
    assert ["'Nobody' speaks nothing" in each for each in prepared.warnings] == [True]


def test_a_changed_role_makes_only_its_own_parts_anew() -> None:
    """All other parts have the same names and jobs, whatever the roles are called."""
    before = prepare(PLAY, {"LANE": Role(voice="am_adam"), "MASTER": Role(voice="af_sky")})
    after = prepare(PLAY, {"Lane": Role(voice="bm_lewis"), "master": Role(voice="af_sky")})

    def key(part: BookPart) -> tuple[str, str | None]:
        return part.request.job_id, part.request.output_name

    pairs = list(zip(before.manifest.parts, after.manifest.parts, strict=True))
    assert [one.speaker for one, other in pairs if key(one) != key(other)] == ["LANE", "LANE"]
    assert before.manifest.batch_id != after.manifest.batch_id


def test_roles_that_speak_as_the_narrator_change_nothing() -> None:
    """A plan that proposes them leaves a book as it is."""
    roles = {name: Role(voice="af_heart") for name in ("narrator", "dialogue", "title")}
    plain = prepare(NOVEL, {})

    assert prepare(NOVEL, roles).manifest == plain.manifest
    assert "speaker" not in plain.manifest.dump()


def test_roles_are_proposed_with_their_counts() -> None:
    """By the names of a play, each with a voice of its own; in prose in the narrator's."""

    def book(text: str) -> Book:
        return Book(Path("quay.txt"), "The Quay", "", "en", (Chapter("I", text),))

    assert propose_roles(book(PLAY), "af_heart", "a") == [
        ProposedRole("narrator", "af_heart", 6, 0),
        ProposedRole("LANE", "af_alloy", 4, 2),
        ProposedRole("MASTER", "am_adam", 1, 1),
    ]
    assert propose_roles(book("“Come!” she said.\n\nHe came."), "bf_emma", "b") == [
        ProposedRole("narrator", "bf_emma", 4, 0),
        ProposedRole("dialogue", "bf_emma", 1, 1),
    ]
    assert propose_roles(book("他说：“你好。”"), "zf_xiaobei", "z")[1].words == 2
    assert propose_roles(book("Nobody spoke."), "af_heart", "a") == []


def test_of_two_speeds_the_later_one_holds() -> None:
    """A tag behind the beginning of a role's words wins over the role's own speed."""
    roles = {"Ann": Role(voice="af_sky", speed=1.2), "LANE": Role(voice="am_adam", speed=0.8)}
    text = (
        "[speed:1.5]A. [voice:Ann]B. [speed:0.7]C. [speed:default]D. [voice:default]E.\n\n"
        "LANE. F. [speed:0.6]G.\n\nANN. H."
    )
    parts = prepare(text, roles).manifest.parts

    assert [(part.request.text[-2:], part.request.speed) for part in parts] == [
        ("A.", 1.5),
        ("B.", 1.2),
        ("C.", 0.7),
        ("D.", 1.2),
        ("E.", 1.0),
        ("F.", 0.8),
        ("G.", 0.6),
        ("N.", 0.6),
        ("H.", 1.2),
    ]


TAGS = ("[voice:am_adam]", "[voice:default]", "[voice:X]", "[speed:1.2]", "[lang:fr]")
PIECES = st.lists(
    st.sampled_from([*'“”‘’"—. ', *TAGS, "word", "LANE. ", "\n\n", "\n", "[pause:1s]", "[aside]"]),
    max_size=40,
).map("".join)
ROLES = (
    ("LANE", Role(voice="am_echo", speed=1.5)),
    ("dialogue", Role(voice="af_sky")),
    ("title", Role(voice="am_adam")),
)


@settings(max_examples=200, deadline=None)
@given(text=PIECES)
def test_roles_only_part_the_spans_between_tags(text: str) -> None:
    """The same text is spoken with roles as without, in the same order."""
    plain = PlannedChapter(1, "I", text, "af_heart", 1.0, "auto")
    cast = PlannedChapter(1, "I", text, "af_heart", 1.0, "auto", ROLES)

    def places(chapter: PlannedChapter) -> list[int]:
        return [at for span in read_tags(chapter) for at in range(span.start, span.end)]

    assert places(cast) == places(plain)
    assert all(span.start < span.end for span in read_tags(cast))


@pytest.mark.parametrize("suffix", ["epub", "html", "md"])
def test_quotations_and_footnotes_have_voices_of_their_own(tmp_path: Path, suffix: str) -> None:
    """A quotation is one with the dialogue in it; notes come at the end, and only if asked for."""
    path = tmp_path / f"b.{suffix}"
    if suffix == "epub":
        write_epub(path, {"one.xhtml": page(LETTER)})
    else:
        path.write_text(LETTER if suffix == "html" else LETTER_IN_MARKDOWN, encoding="utf-8")
    book = open_book(path)
    roles = {
        "dialogue": Role(voice="af_sky"),
        "quotation": Role(voice="am_adam", speed=0.9),
        "footnote": Role(voice="bm_lewis"),
    }
    parts = prepare_book(book, BookOptions(roles=roles, voice="af_heart")).manifest.parts
    plain = prepare_book(book, BookOptions(voice="af_heart")).manifest.parts
    silent = prepare_book(
        book, BookOptions(roles={"quotation": Role(voice="af_heart")}, voice="af_heart")
    ).manifest.parts

    assert [(part.speaker, part.request.text) for part in parts] == [
        ("", "One\n\n[pause:1s]\n\nA letter came. It said:"),
        ("quotation", "Dear Ann, “come” soon.\n\nYours, Tom."),
        ("dialogue", "“No,”"),
        ("", "said Ann.\n\n[pause:2s]"),
        ("footnote", "By the evening post.\n\nShe never went."),
    ]
    assert plain == silent
    assert "evening" not in "".join(part.request.text for part in plain)
    proposed = {each.name: (each.words, each.passages) for each in propose_roles(book, "x", "a")}
    assert proposed == {
        "narrator": (8, 0),
        "dialogue": (1, 1),
        "quotation": (6, 1),
        "footnote": (7, 1),
    }


def test_a_plan_with_footnotes_as_proposed_leaves_them_out(tmp_path: Path) -> None:
    """They stand in it as a comment, which need only be taken away."""
    path = tmp_path / "b.md"
    path.write_text(LETTER_IN_MARKDOWN, encoding="utf-8")
    book, plan = open_book(path), tmp_path / "b.toml"
    write_plan(plan, book, roles=propose_roles(book, "af_heart", "a"))

    def spoken() -> str:
        manifest = prepare_book(book, BookOptions(plan=read_plan(plan))).manifest
        return " ".join(part.request.text for part in manifest.parts)

    assert "evening" not in spoken()
    text = plan.read_text("utf-8")
    plan.write_text(
        text.replace("# [roles.footnote]", "[roles.footnote]").replace('# voice = "', 'voice = "'),
        encoding="utf-8",
    )
    assert spoken().endswith("By the evening post.\n\nShe never went.")
