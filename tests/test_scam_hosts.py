"""Hosts in a message: found however they are written, and known for official, borrowed or odd."""

import pytest

from faq.scam_hosts import hosts_in, registrable


@pytest.mark.parametrize(
    ("written", "name", "trait"),
    [
        ("https://www.vietcombank.com.vn/login", "www.vietcombank.com.vn", "official"),
        ("dichvucong.gov.vn", "dichvucong.gov.vn", "official"),
        ("http://vietcombank.com.vn.xac-minh.top", "vietcombank.com.vn.xac-minh.top", "brand"),
        ("vietcommbank-online.com", "vietcommbank-online.com", "brand"),
        ("dichvucong-gov.com", "dichvucong-gov.com", "brand"),
        ("nhanqua.vip", "nhanqua.vip", "odd"),
        ("bit.ly/3xYz", "bit.ly", "shortener"),
        ("http://103.45.67.89/app", "103.45.67.89/app", "ip"),
        ("vn-xx[.]com", "vn-xx.com", "written"),
        ("taive.com/vneid.apk", "taive.com", "apk"),
        ("zalo.me/g/abc", "zalo.me", "chat"),
        ("https://xn--vitcombank-x0b.com", "xn--vitcombank-x0b.com", "puny"),
        ("https://tiemhoa.vn", "tiemhoa.vn", "unknown"),
        ("https://maps.app.goo.gl/Ab1", "maps.app.goo.gl", "watched"),
        ("kiem-tra.live", "kiem-tra.live", "odd"),
    ],
)
def test_a_host_is_found_and_known_for_what_it_is(written: str, name: str, trait: str) -> None:
    (host,) = hosts_in(f"xem {written} nhe")
    assert host.name == name
    assert trait in host.traits


@pytest.mark.parametrize("text", ["xong.me về", "khoản.Vui lòng", "1.500.000đ", "v.v.", "8h.30", "gửi a@b.com"])
def test_what_only_looks_like_a_host_is_none(text: str) -> None:
    assert hosts_in(text) == []


def test_the_registered_domain_is_what_counts() -> None:
    assert registrable("a.b.com.vn") == "b.com.vn"
    assert registrable("a.b.top") == "b.top"
