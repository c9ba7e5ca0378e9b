"""A PDF whose letters stand for others is refused; single odd characters are not."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from jobs.errors import InputError
from tests.builders.pdfs import Put, make_pdf, set_lines

pytest.importorskip("pypdfium2", reason="PDFs are read by the extra 'books'")
pdf = pytest.importorskip("scripts.audiobook.pdf.read_pdf")
text_layer = pytest.importorskip("scripts.audiobook.pdf.text_layer")

ENGLISH = (
    "The miller had three sons and one cat, and when he died they divided what was his: the eldest"
    " took the mill, the second the donkey, and for the youngest there was nothing but the cat. He"
    " sat down by the road and wondered how anybody could live on that. Buy me a pair of boots,"
    " said the cat, and you will see that you have not come off as badly as you think. "
)
SAMPLES = {
    "en": ENGLISH,
    "es": "El molinero tenía tres hijos y un gato, y cuando murió se repartieron lo que había sido"
    " suyo: el mayor se quedó con el molino, el segundo con el burro, y para el menor no quedó más"
    " que el gato. Se sentó junto al camino y se preguntó cómo se podía vivir de eso. ",
    "fr": "Le meunier avait trois fils et un chat, et quand il mourut ils partagèrent ce qui avait"
    " été à lui : l'aîné prit le moulin, le second l'âne, et il ne resta pour le plus jeune que le"
    " chat. Il s'assit au bord de la route et se demanda comment on pouvait vivre de cela. ",
    "it": "Il mugnaio aveva tre figli e un gatto, e quando morì si divisero quello che era stato"
    " suo: il maggiore prese il mulino, il secondo l'asino, e al più giovane non rimase che il"
    " gatto. Si sedette vicino alla strada e si chiese come si potesse vivere di questo. ",
    "pt": "O moleiro tinha três filhos e um gato, e quando morreu dividiram o que tinha sido dele:"
    " o mais velho ficou com o moinho, o segundo com o burro, e para o mais novo não sobrou nada"
    " além do gato. Sentou-se à beira da estrada e perguntou-se como se podia viver disso. ",
    "de": "Der Müller hatte drei Söhne und eine Katze, und als er starb, teilten sie, was ihm"
    " gehört hatte: der älteste nahm die Mühle, der zweite den Esel, und für den jüngsten blieb"
    " nichts als die Katze. Er setzte sich an die Straße und fragte sich, wie man davon lebe. ",
    "pl": "Młynarz miał trzech synów i kota, a kiedy umarł, podzielili się tym, co po nim zostało:"
    " najstarszy wziął młyn, drugi osła, a dla najmłodszego został tylko kot. Usiadł przy drodze i"
    " zastanawiał się, jak można z tego żyć. ",
    "zh": "磨坊主有三个儿子和一只猫，他死的时候儿子们分了他的东西，大儿子得了磨坊，"
    "第二个得了驴，最小的只得到了那只猫。他坐在路边，不知道以后要怎么生活下去。",
    "ja": "粉屋には三人の息子と一匹の猫がいました。父が死ぬと、兄は粉ひき小屋を、"
    "次の兄は驢馬を取り、末の弟には猫しか残りませんでした。弟は道ばたに座って考えました。",
    "hi": "चक्कीवाले के तीन बेटे थे और एक बिल्ली थी। जब वह मर गया तब बेटों ने सब कुछ आपस में बाँट लिया। ",
}
PAGES = {language: sample * (1200 // len(sample)) for language, sample in SAMPLES.items()}
ENGLISH, CHINESE = PAGES["en"], PAGES["zh"]
SMALL, LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def shift(by: int) -> dict[int, int]:
    """Return a table that puts each letter in the place of another."""
    return str.maketrans(SMALL + LARGE, SMALL[by:] + SMALL[:by] + LARGE[by:] + LARGE[:by])


@pytest.mark.parametrize("language", PAGES)
def test_a_text_is_a_text(language: str) -> None:
    """Texts in Kokoro's languages, and in others, are accepted."""
    assert text_layer.find_fault([PAGES[language]] * 3) == ""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(ENGLISH.translate(shift(by)), id=f"alphabet shifted by {by}")
        for by in (1, 3, 4, 13, 25)
    ]
    + [
        pytest.param("".join(chr(max(33, ord(c) - 29)) for c in ENGLISH), id="codes shifted by 29"),
        pytest.param(re.sub(r"\w", "%", ENGLISH), id="signs for letters"),
        pytest.param(re.sub(r"[aeiou]", "#", re.sub("[b-m]", "&", ENGLISH)), id="signs for many"),
        pytest.param(
            re.sub(r"\w", lambda m: str(ord(m[0]) % 10), CHINESE), id="digits for Chinese"
        ),
        pytest.param(ENGLISH.translate(shift(13)), id="half a turn"),
        pytest.param(CHINESE.encode("gb18030").decode("latin-1"), id="bytes of Chinese as Latin"),
        pytest.param("".join(chr(0x4E00 + ord(c) % 89 * 200) for c in CHINESE), id="other Chinese"),
        pytest.param("".join(chr(0xE000 + ord(c)) for c in ENGLISH), id="private characters"),
        pytest.param(re.sub(r"\w", "\ufffd", ENGLISH), id="no characters"),
    ],
)
def test_letters_that_stand_for_others_are_rubbish(page: str) -> None:
    """Letters are judged by how often the languages have them."""
    fault = text_layer.find_fault([page] * 3)

    assert "letters in its text layer that are not those on its pages" in fault
    assert "ocrmypdf --force-ocr" in fault


def test_some_rubbish_among_pages_of_text_is_accepted() -> None:
    """A book may have pages of figures, or of a cipher."""
    pages = [ENGLISH] * 3 + [ENGLISH.translate(shift(4)), "17 204 " * 100]

    assert text_layer.find_fault(pages) == ""


def test_a_faulty_text_layer_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """The file is named, what its text begins with, and what helps."""
    path = tmp_path / "odd.pdf"
    lines = [Put(put.text, put.x, put.y, font="G") for put in set_lines(textwrap.wrap(ENGLISH, 58))]
    letters = {chr(old): chr(new) for old, new in shift(4).items()}
    path.write_bytes(make_pdf([lines], letters=letters))

    with pytest.raises(InputError) as caught:
        pdf.read_pdf(path)

    assert str(caught.value).startswith(repr(str(path)))
    assert "'Xli qmppiv leh xlvii wsrw erh'" in str(caught.value)


@pytest.mark.parametrize(
    ("meant", "read"),
    [("\U0001d465", "x"), ("\U00020bb7", "\U00020bb7"), ("\ud835", "\ufffd"), ("\ufb01", "fi")],
    ids=["of a formula", "Chinese", "half a character", "ligature"],
)
def test_characters_of_two_halves_are_one(tmp_path: Path, meant: str, read: str) -> None:
    """Beyond U+FFFF a character has two codes; half of one is a letter that nobody knows."""
    path = tmp_path / "odd.pdf"
    page = [*set_lines(textwrap.wrap(ENGLISH, 58)), Put("Let Q be given.", 50, 40, font="G")]
    path.write_bytes(make_pdf([page], letters={"Q": meant}))

    text = pdf.read_pdf(path).chapters[0].text

    assert f"Let {read} be given." in text
    text.encode("utf-8")
