"""Kinds of Chinese, each with words of its own."""

from __future__ import annotations

import pytest

from worker.pronunciation.reading.han.chinese_rules import load_chinese_rules
from worker.pronunciation.reading.han.han_numbers import read_han, say_chinese, say_japanese
from worker.pronunciation.reading.spoken_text import SpokenText

TABLE = load_chinese_rules()
CASES = [
    ("time", "火车9:08开", "火车九点零八分开"),
    ("time", "2:30 pm", "下午两点三十分"),
    ("telephone", "021-87654321", "零二幺,八七六五四三二幺"),
    ("telephone", "13698765432,0571-7654321", "幺三六九八七六五四三二,零五七幺,七六五四三二幺"),
    ("telephone", "拨打10086", "拨打幺零零八六"),
    ("score", "比分4:2", "比分四比二"),
    ("score", "比分变成：5:2", "比分变成：五比二"),
    ("score", "7:40开始，比分1:0", "七点四十分开始，比分一比零"),
    ("score", "以88:91告负", "以八十八比九十一告负"),
    ("date", "1997-07-01", "一九九七年七月一日"),
    ("date", "1976年", "一九七六年"),
    ("date", "80后", "八零后"),
    ("measure", "84人/km²", "八十四人每平方公里"),
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
    ("cardinal", "第2个", "第二个"),
    ("cardinal", "2点半", "两点半"),
    ("range", "2-3张", "两到三张"),
    ("range", "4月-6月", "四月到六月"),
    ("range", "周2-周4", "周二到周四"),
    ("range", "p.15", "第十五页"),
    ("time", "8:00-11:30", "八点到十一点三十分"),
    ("date", "1931-1945年", "一九三一到一九四五年"),
    ("date", "19/3/5", "一九年三月五日"),
    ("score", "4-2战胜", "四比二战胜"),
    ("score", "比例1:50", "比例一比五十"),
    ("telephone", "拨打110, 119.", "拨打幺幺零,幺幺九."),
    ("telephone", "邮编310012.", "邮编三幺零零幺二."),
    ("cardinal", "3000-4000人", "三千到四千人"),
    ("code", "G1305次", "G 幺三零五次"),
    ("code", "608室", "六零八室"),
    ("money", "$6-9", "六到九美元"),
    ("measure", "8kg/m³", "八千克每立方米"),
    ("measure", "60㎡", "六十平方米"),
    ("measure", "9元/斤", "九元每斤"),
    ("fraction", "5‰", "千分之五"),
    ("fraction", "1¾", "一又四分之三"),
    ("math", "10^8", "十的八次方"),
    ("math", "4x9", "四乘以九"),
    ("ordinal", "No.7", "第七"),
    ("roman", "第IV卷", "第四卷"),
    ("identifier", "B2C", "B to C"),
    ("version", "版本5.0.3", "版本五点零点三"),
    ("electronic", "见ann@mail.cn", "见 ann 艾特 mail 点 c n "),
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
