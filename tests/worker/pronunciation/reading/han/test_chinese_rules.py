"""Kinds of Chinese, each with words of its own."""

from __future__ import annotations

import time

import pytest

from worker.pronunciation.reading.han.chinese_rules import load_chinese_rules
from worker.pronunciation.reading.han.han_numbers import read_han, say_chinese, say_japanese
from worker.pronunciation.reading.han.japanese_rules import load_japanese_rules
from worker.pronunciation.reading.spoken_text import SpokenText

TABLE = load_chinese_rules()
CASES = [
    ("time", "火车9:08开", "火车九点零八分开"),
    ("time", "2:30 pm", "下午两点三十分"),
    ("telephone", "021-87654321", "零二幺,八七六五四三二幺"),
    ("telephone", "拨打10086", "拨打幺零零八六"),
    ("score", "比分4:2", "比分四比二"),
    ("score", "以88:91告负", "以八十八比九十一告负"),
    ("date", "1997-07-01", "一九九七年七月一日"),
    ("date", "1976年", "一九七六年"),
    ("date", "80后", "八零后"),
    ("measure", "重6.5kg", "重六点五千克"),
    ("measure", "90m²", "九十平方米"),
    ("measure", "-5°C", "负五摄氏度"),
    ("fraction", "占3/5", "占五分之三"),
    ("fraction", "涨了7.5%", "涨了百分之七点五"),
    ("money", "¥68.5", "六十八点五元"),
    ("money", "$3万", "三万美元"),
    ("cardinal", "2个人", "两个人"),
    ("cardinal", "第102", "第一百零二"),
    ("cardinal", "30,040", "三万零四十"),
    ("range", "6-8月", "六到八月"),
    ("math", "9-4=5", "九减四等于五"),
    ("sign", "猫&犬", "猫和犬"),
    ("electronic", "主机192.168.4.20", "主机一九二点一六八点四点二零"),
]


@pytest.mark.parametrize(("kind", "written", "said"), CASES)
def test_a_kind_is_read_as_people_read_it(kind: str, written: str, said: str) -> None:
    """Each kind is put into characters, by a rule of that name."""
    found = TABLE.find(written)

    assert SpokenText(written, found).text == said
    assert kind in {one.kind for one in found}


@pytest.mark.parametrize("number", [0, 7, 10, 19, 110, 1001, 20_304, 1_000_010, 300_500_007])
def test_numbers_in_characters_are_read_back(number: int) -> None:
    """What is said for a number stands for it, in both languages."""
    assert read_han(say_chinese(number)) == number
    assert read_han(say_japanese(number)) == number


@pytest.mark.parametrize("piece", ["9", "1,", "1.", "a.", "a@", "1:", "1-", "1/", "一", "¥1"])
def test_the_work_grows_no_faster_than_the_text(piece: str) -> None:
    """Hostile text of ten times the length takes far less than a hundred times as long."""
    tables = (TABLE, load_japanese_rules())

    def work(size: int) -> float:
        line = (piece * size)[:size]
        start = time.process_time()
        for table in tables:
            table.find(line)
        return time.process_time() - start

    assert work(30_000) < 40 * max(work(3_000), 0.05)
