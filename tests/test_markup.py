"""Markup: bold and links become HTML, everything else stays as it is; as plain text only the signs go. And cutting."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import split, to_html, to_plain, units


def link(address: str) -> str:
    return f'<a href="{address}" rel="noopener" target="_blank">{address}</a>'


HTML = [
    ("Chào bà con", "<p>Chào bà con</p>"),
    ("**Đậm** và **đậm nữa**", "<p><strong>Đậm</strong> và <strong>đậm nữa</strong></p>"),
    ("Một\nhai\n\nba\n\n\n\nbốn\n", "<p>Một<br>hai</p><p>ba</p><p>bốn</p>"),
    ("5 * 3 ** 2", "<p>5 * 3 ** 2</p>"),
    ("****", "<p>****</p>"),
    ("**qua\ndòng**", "<p>**qua<br>dòng**</p>"),
    ("<b>a</b> & \"b\" 'c'", "<p>&lt;b&gt;a&lt;/b&gt; &amp; &#34;b&#34; &#39;c&#39;</p>"),
    ("**<script>**", "<p><strong>&lt;script&gt;</strong></p>"),
    ("Xem https://vneid.gov.vn.", f"<p>Xem {link('https://vneid.gov.vn')}.</p>"),
    ("(https://a.vn/b?c=d#e), rồi", f"<p>({link('https://a.vn/b?c=d#e')}), rồi</p>"),
    ("«https://a.vn/»", f"<p>«{link('https://a.vn/')}»</p>"),
    ("https://a.vn/?b=1&c=2", f"<p>{link('https://a.vn/?b=1&amp;c=2')}</p>"),
    ("**https://a.vn**", f"<p><strong>{link('https://a.vn')}</strong></p>"),
    ('"https://a.vn/"', f"<p>&#34;{link('https://a.vn/')}&#34;</p>"),
    ("<https://a.vn/>", f"<p>&lt;{link('https://a.vn/')}&gt;</p>"),
    ("http://a.vn javascript:alert(1)", "<p>http://a.vn javascript:alert(1)</p>"),
    ("", "<p></p>"),
]


@pytest.mark.parametrize(("text", "html"), HTML)
def test_as_html(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "plain"),
    [("**Bước 1/6** – Cài", "Bước 1/6 – Cài"), ("5 ** 2", "5 ** 2"), ("<b> & https://a.vn", "<b> & https://a.vn")],
)
def test_as_plain_text(text: str, plain: str) -> None:
    assert to_plain(text) == plain


PIECES = st.sampled_from(
    ["**", "*", "https://a.vn/", "<", ">", "&", '"', "'", "\n", " ", "a", "ế", ")", "&lt;", ";", "="]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_text_brings_tags_or_attributes_of_its_own(text: str) -> None:
    html = str(to_html(text))
    ours = r'</?p>|<br>|</?strong>|<a href="https://[^"<>\s]+" rel="noopener" target="_blank">|</a>'
    assert not re.search("[<>\"']", re.sub(ours, "", html))
    assert html.count("<strong>") == html.count("</strong>")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("aaaa bbbb", ["aaaa bbbb"]),
        ("aaaa bb\ncc dd", ["aaaa bb", "cc dd"]),
        ("aaa bb\n\ncc dd", ["aaa bb", "cc dd"]),
        ("aaa bbb cccc", ["aaa bbb", "cccc"]),
        ("a" * 23, ["a" * 10, "a" * 10, "a" * 3]),
        ("aaa " + "b" * 13, ["aaa " + "b" * 6, "b" * 7]),  # rather a word than a scrap of a message
        ("😀" * 7, ["😀" * 5, "😀" * 2]),
        ("a" + "😀" * 7, ["a" + "😀" * 4, "😀" * 3]),
        ("  aaaa \n", ["aaaa"]),
    ],
)
def test_a_text_is_cut_between_paragraphs_lines_and_words_never_within_a_sign(text: str, parts: list[str]) -> None:
    assert split(text, most=10) == parts


@given(
    st.lists(st.sampled_from(["**", " ", "\n", "\n\n", "à", "😀", "từ dài", "x" * 30])).map("".join), st.integers(2, 40)
)
def test_a_split_text_keeps_every_word_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert all(parts) or parts == [""]
    assert "".join("".join(parts).split()) == "".join(text.split())
