"""Pages of EPUB 2 as pages of EPUB 3."""

import pytest

from scripts.audiobook.read_along.lift_page import lift_page

PAGE = '<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head>{}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            '<img src="a.png" alt="1" width="10" height="20"/>',
            '<img src="a.png" alt="1" width="10" height="20"/>',
        ),
        (
            '<img src="a.png" alt="" border="0" hspace="5"/>',
            '<img src="a.png" alt="" style="margin-left: 5px; margin-right: 5px"/>',
        ),
        ('<td width=" 5 ">x</td>', '<td style="width: 5px">x</td>'),
        ('<font size="2">x</font>', '<span style="font-size: small">x</span>'),
        ('<font size="²">x</font>', "<span>x</span>"),
    ],
)
def test_obsolete_attributes_become_style(old: str, new: str) -> None:
    """Those of pictures too, but for a width and a height in whole numbers."""
    assert lift_page(PAGE.format(old + "</html>"), "p") == PAGE.format(new + "</html>")


def test_a_declared_entity_may_stand_for_nothing() -> None:
    """Its name is not shown."""
    page = PAGE.format("<p>a&nothing;b&nbsp;c</p></html>")
    declared = page.replace("html>", 'html [<!ENTITY nothing "">]>', 1)

    assert "<p>ab\xa0c</p>" in lift_page(declared, "p")
