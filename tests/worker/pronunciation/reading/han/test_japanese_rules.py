"""Kinds of Japanese, each with words of its own."""

from __future__ import annotations

import pytest

from worker.pronunciation.reading.han.japanese_rules import load_japanese_rules
from worker.pronunciation.reading.spoken_text import SpokenText

TABLE = load_japanese_rules()
CASES = [
    ("counter", "7月20日", "シチガツハツカ"),
    ("date", "1985/9/2", "センキューヒャクハチジューゴネンクガツフツカ"),
    ("date", "5月9日(水)", "ゴガツココノカスイヨービ"),
    ("counter", "鉛筆6本", "鉛筆ロッポン"),
    ("counter", "犬8匹", "犬ハッピキ"),
    ("counter", "3冊と10冊", "サンサツとジュッサツ"),
    ("counter", "4人で2つ", "ヨニンでフタツ"),
    ("counter", "3階", "サンガイ"),
    ("counter", "7時半", "シチジハン"),
    ("counter", "三十分", "サンジュップン"),
    ("time", "4:20に", "ヨジニジュップンに"),
    ("time", "9:00 PM", "午後クジ"),
    ("money", "¥4,800", "四千八百円"),
    ("money", "$20", "二十ドル"),
    ("measure", "6.5kg", "六点五キログラム"),
    ("measure", "80 km/h", "八十キロメートル毎時"),
    ("fraction", "3/8", "八分の三"),
    ("score", "7-2で勝つ", "ナナタイニで勝つ"),
    ("score", "5:4で", "ゴタイヨンで"),
    ("telephone", "03-1234-5670", "ゼロ サン ノ イチ ニ サン ヨン ノ ゴ ロク ナナ ゼロ"),
    ("range", "2~4歳", "二からヨンサイ"),
    ("cardinal", "人口は120,300", "人口は十二万三百"),
    ("math", "9-2=7", "九マイナス二イコール七"),
    ("sign", "猫&犬", "猫アンド犬"),
    ("sign", "№8, No. 9", "ナンバー八, ナンバー九"),
    ("sign", "Vol.3、郵便番号〒2", "ボリューム三、郵便番号 二"),
    ("counter", "三匹の犬が一歩", "サンビキの犬がイッポ"),
    ("counter", "四年で七人", "ヨネンでナナニン"),
    ("counter", "二十歳の夏", "ハタチの夏"),
    ("counter", "数十本", "数ジュッポン"),
    ("counter", "8点と6票", "ハッテンとロッピョー"),
    ("counter", "2袋と3箱", "フタフクロとサンパコ"),
    ("counter", "第1章", "第イッショー"),
    ("counter", "10世紀", "ジュッセイキ"),
    ("counter", "4円", "ヨエン"),
    ("counter", "110番", "ヒャクトーバン"),
    ("counter", "4, 5人と2, 3日", "シゴニンとニサンニチ"),
    ("counter", "1日中", "イチニチ中"),
    ("counter", "-30円", "マイナスサンジューエン"),
    ("fraction", "2割4分", "二割ヨンブ"),
    ("fraction", "大さじ1/2", "大さじ二分の一"),
    ("fraction", "¾", "四分の三"),
    ("version", "5.0.3", "ゴ テン ゼロ テン サン"),
    ("version", "v2.1", "バージョン二点一"),
    ("electronic", "10.0.0.8", "イチ ゼロ テン ゼロ テン ゼロ テン ハチ"),
    ("electronic", "ann@mail.jpへ", " ann アットマーク mail ドット j p へ"),
    ("address", "港区3-4-5", "港区サンノヨンノゴ"),
    ("range", "p.12", "ジューニページ"),
    ("roman", "第III章", "第三章"),
    ("identifier", "B2C", "B to C"),
    ("money", "$5-8", "五から八ドル"),
    ("math", "10^5", "十の五ジョー"),
    ("measure", "40㎡", "四十平方メートル"),
    ("score", "3-3で引き分け", "サンタイサンで引き分け"),
]


@pytest.mark.parametrize(("kind", "written", "said"), CASES)
def test_a_kind_is_read_as_people_read_it(kind: str, written: str, said: str) -> None:
    """Each kind is put into kana or words, by a rule of that name."""
    found = TABLE.find(written)

    assert SpokenText(written, found).text == said
    assert kind in {one.kind for one in found}


@pytest.mark.parametrize(
    "line",
    [
        "今日は一人で本を読む",
        "十分です",
        "三日月",
        "一回り",
        "二通り過ぎる",
        "千歳の空",
        "六本木",
        "一社員の意見",
    ],
)
def test_words_in_characters_are_left_alone(line: str) -> None:
    """A number that belongs to a word is the dictionary's."""
    assert TABLE.find(line) == []
