"""Browsing the web chat in tests: taps and typing with or without JavaScript, and what a person would see and hit."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
BUTTON_PIXELS = 48
TEXT_PIXELS = 18
EXPECTED = ("Failed to load resource", "htmx: htmx:error: Failed to fetch")
"""What a browser says of pages that are not there and of servers that are down."""

OpenPage = Callable[..., Page]
"""Opens a page of a new visitor, so many pixels wide."""

_MEASURE = """([buttonPixels, textPixels]) => {
  const box = (element) => element.getBoundingClientRect();
  const seen = (element) => box(element).width > 1 && box(element).height > 1;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const size = parseFloat(getComputedStyle(parentElement).fontSize);
    if (data.trim() && seen(parentElement) && size < textPixels) small.push(`${size}: ${data}`);
  }
  const controls = [...document.querySelectorAll("button, .button, [role=button], input:not([type=hidden]), select")];
  const least = (control) => Math.min(box(control).width, box(control).height);
  const narrow = controls.filter(seen).filter((control) => least(control) < buttonPixels);
  const page = document.documentElement;
  const wide = page.scrollWidth > page.clientWidth ? [`${page.scrollWidth} > ${page.clientWidth}`] : [];
  return { small, narrow: narrow.map((control) => control.outerHTML), wide };
}"""


@dataclass
class Chat:
    """Somebody who talks to the web chat."""

    page: Page

    def tap(self, command: str) -> None:
        """Tap a button, as a finger does; see the answer."""
        self._answered(lambda: self.button(command).click())

    def choose(self, command: str) -> None:
        """Choose by the keyboard, which is quicker; see the answer."""
        self._answered(lambda: self.button(command).press("Enter"))

    def type(self, text: str) -> None:
        """Type and send; see the answer."""
        self.page.locator("#typed").fill(text)
        self._answered(lambda: self.page.locator("#typed").press("Enter"))

    def button(self, command: str) -> Any:
        """Return the button of a command."""
        return self.page.locator(f'#ways button[value="{command}"]')

    def join(self, url: str) -> None:
        """Go from the link of kp5 to the menu."""
        self.page.goto(f"{url}/kp/kp5")
        for command in ("/consent kp5", "/count senior kp5", "/place kp5 join", "/remind no"):
            self.choose(command)

    @property
    def says(self) -> Any:
        """What was said last."""
        return self.page.locator("#log .bot").last

    def _answered(self, act: Any) -> None:
        """Do something, and wait for the form that comes with the answer."""
        event = self.page.locator("#ways [name=event]").first
        before = event.input_value()
        act()
        expect(event).not_to_have_value(before)


def unfit(page: Page | Frame) -> dict[str, list[str]]:
    """Return text that is too small, what is too narrow to be tapped, and whether the page scrolls sideways."""
    found: dict[str, list[str]] = page.evaluate(_MEASURE, [BUTTON_PIXELS, TEXT_PIXELS])
    return {name: places for name, places in found.items() if places}


def barriers(page: Page) -> list[str]:
    """Return what keeps people with a disability out, as axe knows it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
    return [f"{found['id']}: {[node['html'] for node in found['nodes']]}" for found in violations]
