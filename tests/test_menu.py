"""The menu: every page of the office is reached, by those who may open it, and says how much waits."""

import re

import pytest
from starlette.requests import Request

from handlers.core import Core
from office.desk import Visit
from office.menu import menu, page_of
from storage.staff import Staff
from tests.clerks import Office


def visit(role: str, path: str = "/van-phong", **waiting: int) -> Visit:
    request = Request({"type": "http", "path": path, "headers": [], "query_string": b"", "server": ("ward.test", 80)})
    return Visit(request, Staff(1, "lan", role), "", "", waiting)


def test_every_page_without_a_blank_in_its_path_stands_in_the_menu_with_its_right(core: Core) -> None:
    pages = {page.path: page.right for page in Office(core).site.pages() if page.method == "GET" and page.right}
    listed = {page.path: page.right for group in visit("office").menu for page in group.pages}
    assert {path: pages.get(path) for path in listed} == listed
    assert {path for path in pages if "{" not in path and "." not in path} - set(listed) == set()


def test_nobody_is_led_to_what_they_may_not_open() -> None:
    assert [group.name for group in visit("view").menu] == [group.name for group in visit("office").menu][:-1]
    assert {page.right for group in visit("view").menu for page in group.pages} == {"see"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/van-phong", "/van-phong"),
        ("/van-phong/noi/kp5", "/van-phong"),
        ("/van-phong/so-lieu/bang", "/van-phong/so-lieu"),
        ("/van-phong/so-lieu-khac", "/van-phong"),
        ("/elsewhere", ""),
    ],
)
def test_a_page_below_another_belongs_to_it(path: str, expected: str) -> None:
    assert page_of(menu(lambda right: True, {}), path) == expected
    assert visit("view", path).here == expected


async def test_each_page_says_in_the_menu_which_it_is(core: Core) -> None:
    clerk = await Office(core).logged_in()
    for group in visit("office").menu:
        for page in group.pages:
            shown = (await clerk.client.get(page.path)).text
            assert re.findall(r'<a href="([^"]+)" aria-current="page"', shown)[-1] == page.path
