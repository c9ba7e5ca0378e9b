"""Japanese texts with the marks of Aozora Bunko."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.audiobook.open_book import open_book
from scripts.audiobook.text.aozora import read_aozora

TEXT = """港の朝
川上はな

-------------------------------------------------------
【テキスト中に現れる記号について】

《》：ルビ
（例）憂鬱《ゆううつ》
-------------------------------------------------------

［＃５字下げ］一［＃「一」は中見出し］

彼は憂鬱《ゆううつ》な顔で｜神聖文字《ヒエログリフ》を読んだ。※［＃「魚＋師のつくり」、U+9C24、12-3］が来る。
［＃改ページ］
［＃中見出し］二［＃中見出し終わり］

雨《あめ》が東京（とうきょう）に降る［＃「降る」に傍点］。大阪（日本の都市）も雨だ。

底本：「港」港書房
　　　1999年
"""


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-8"])
def test_readings_headings_page_breaks_and_notes(tmp_path: Path, encoding: str) -> None:
    """A reading takes the place of what it reads; no mark and no note is spoken."""
    path = tmp_path / "book.txt"
    path.write_bytes(TEXT.replace("\u9c24", "").encode(encoding))

    book = open_book(path)

    assert (book.title, book.author, book.language) == ("港の朝", "川上はな", "ja")
    spoken = [chapter for chapter in book.chapters if not chapter.skip_reason]
    assert [chapter.title for chapter in spoken] == ["一", "二"]
    assert spoken[0].text.endswith("顔でヒエログリフを読んだ。鰤が来る。")
    assert spoken[1].text.endswith("あめがとうきょうに降る。大阪（日本の都市）も雨だ。")


def test_a_character_that_a_note_describes_is_read_by_its_number() -> None:
    """By Unicode's or by that of JIS X 0213, in either plane; without one it is left out."""
    text = (
        "※［＃「火＋召」、第3水準1-87-38］る※［＃「插」のつくり、U+63D2、12-3］す"
        "※［＃「口＋斗」、第4水準2-3-66］ぶ※［＃二の字点、1-2-22］※［＃丸の中に点］。"
    )

    assert read_aozora(text)[0] == "炤る插す叴ぶ〻。"
