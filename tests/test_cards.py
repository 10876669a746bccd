"""Cards: every step of every lesson fits on its picture, with every letter in our fonts, and is drawn once."""

import io
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from structlog.testing import capture_logs

from bot.pictures import Pictures, cards_of
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Reply
from lessons.library import Library, read_library
from lessons.model import STEP_CHARACTERS, TITLE_CHARACTERS, Lesson
from office import typesetting
from office.cards import Card, Cards, drawn
from office.typesetting import FONTS, Unprintable
from storage.database import Database
from tests.dialogue import NOON, Resident
from tests.fakes.mishaps import serving
from tests.fakes.telegram import FakeTelegram
from tests.test_cli import run
from tests.visits import client_of

MOST_BYTES = 150_000


def luminance(colour: tuple[int, ...]) -> float:
    """Return the relative luminance of WCAG."""
    channels = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def cards(tmp_path: Path) -> Cards:
    """Give the cards of the sample ward, in an empty folder."""
    return cards_of(Settings(_env_file=None, cards_dir=tmp_path / "kept"), read_library())


@pytest.fixture
def card(cards: Cards) -> Card:
    """Give the card of one step."""
    found = cards.card("qr_pay", 1, 2)
    assert found
    return found


def lengthened(card: Card, words: int) -> Card:
    return replace(card, text="**mật khẩu** " + "nghiêng " * words + "hết.")


def test_a_card_is_a_small_sharp_picture_for_a_phone(cards: Cards, card: Card) -> None:
    file = cards.kept(card)
    assert file.stat().st_size <= MOST_BYTES
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1350))
        palette = picture.convert("RGB").quantize(5).getpalette() or []
        colours = [tuple(palette[place : place + 3]) for place in range(0, 15, 3)]
    white, ink = max(colours, key=luminance), min(colours, key=luminance)
    assert contrast(white, ink) >= 7
    assert contrast((0xDC, 0xEC, 0xF8), ink) >= 7  # the foot
    assert contrast((0xFF, 0xCF, 0x4D), ink) >= 7  # "Bước 2/6"


def test_a_card_is_drawn_once_and_again_when_anything_on_it_changes(cards: Cards, card: Card) -> None:
    first = cards.kept(card)
    first.write_bytes(b"kept")
    assert cards.kept(card) == first
    assert first.read_bytes() == b"kept"
    for changed in (replace(card, text="Khác."), replace(card, drawing=""), replace(card, ward="Xã Khác")):
        assert cards.kept(changed) != first
    assert len(list(cards.folder.iterdir())) == 4


def test_the_longest_step_an_author_may_write_fits(cards: Cards, card: Card) -> None:
    text = ("Không ai có quyền hỏi mật khẩu của bà con. " * 10)[:STEP_CHARACTERS].strip()
    title = ("Quét mã trả tiền tại quán nước " * 3)[:TITLE_CHARACTERS].strip()
    assert cards.kept(replace(card, text=text, title=title)).is_file()


def test_a_version_that_somebody_began_keeps_its_cards(cards: Cards) -> None:
    lesson = cards.library.get("qr_pay")
    assert lesson
    changed = lesson.model_copy(update={"version": lesson.version + 1, "steps": lesson.steps[:3]})
    later = replace(cards, library=Library([changed], earlier=[lesson]))
    assert later.card("qr_pay", lesson.version, 6) == cards.card("qr_pay", lesson.version, 6)
    assert later.card("qr_pay", lesson.version + 1, 3)
    assert later.card("qr_pay", lesson.version + 1, 6) is None
    assert later.card("qr_pay", lesson.version + 2, 1) is None


@pytest.mark.parametrize("words", [60, 1000])
def test_what_does_not_fit_is_refused_and_never_cut(cards: Cards, card: Card, words: int) -> None:
    with pytest.raises(Unprintable, match="overflow"):
        cards.kept(lengthened(card, words))
    with pytest.raises(Unprintable, match=r"overflow: a{60}"):
        cards.kept(replace(card, text="a" * 60))
    assert list(cards.folder.iterdir()) == []


def test_bold_words_are_bold_and_signs_of_the_typesetter_are_plain(cards: Cards, card: Card) -> None:
    plain, bold, odd = (replace(card, text=text) for text in ("mật khẩu", "**mật khẩu**", '#panic("x") $1$ \\n <a> @b'))
    assert cards.kept(plain).read_bytes() != cards.kept(bold).read_bytes()
    assert cards.kept(odd).is_file()


def test_every_step_of_every_lesson_fits(cards: Cards) -> None:
    """Only measured: all are drawn by `hocvuso cards`, which takes a minute and refuses the same ones."""
    for card in cards.all():
        try:
            typesetting.check("card", card.given())
        except Unprintable as error:
            pytest.fail(f"{card.topic}, step {card.number}: {error}")


def _shown(lesson: Lesson) -> Iterator[str]:
    yield lesson.title
    yield from (step.text for step in lesson.steps)


@pytest.mark.parametrize("font", sorted(FONTS.glob("*.ttf")), ids=lambda font: font.stem)
def test_every_letter_of_every_lesson_and_every_vietnamese_name_is_in_our_fonts(font: Path) -> None:
    vowels = "aăâeêioôơuưy"
    tones = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    alphabet = {unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones} | {"đ"}
    needed = {sign for lesson in read_library() for text in _shown(lesson) for sign in text}
    needed |= alphabet | {letter.upper() for letter in alphabet} | set(string.ascii_letters + string.digits + "·–“”…%")
    with TTFont(font) as opened:
        missing = {sign for sign in needed if ord(sign) not in opened.getBestCmap()}
    assert missing == set()


async def test_a_step_names_its_card_and_old_replies_name_none(core: Core) -> None:
    reply = await Resident(core).says("/lesson first_steps 2")
    assert reply.card == "first_steps/3/2"
    assert Reply.from_json(reply.to_json()) == reply
    assert Reply.from_json('["Bước 1",[["Tiếp","/lesson a 2",""]],"qr_scan",""]').card == ""


async def test_a_card_is_found_while_the_lesson_is_the_same(core: Core, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, cards_dir=tmp_path)
    pictures = Pictures(settings, core.house)
    lesson = next(iter(core.house.library))
    name = f"{lesson.topic}/{lesson.version}/1"
    file = await pictures.picture_of(Reply("", card=name))
    assert file
    assert file.read_bytes().startswith(b"\x89PNG")
    for stray in (
        f"{lesson.topic}/{lesson.version + 1}/1",
        f"{lesson.topic}/{lesson.version}/9",
        "x",
        "x/1/1",
        "a/b/c",
    ):
        assert await pictures.named(stray) is None
    assert await pictures.picture_of(Reply("", picture="qr_scan")) is None


async def test_platforms_fetch_a_card_by_its_address(core: Core, tmp_path: Path) -> None:
    client = client_of(core, cards_dir=tmp_path)
    answer = await client.get("/cards/first_steps/3/1.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "max-age" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1080, 1350)
    for stray in ("first_steps/3/99", "first_steps/9/1", "nothing/1/1", "../../LICENSE", "first_steps"):
        assert (await client.get(f"/cards/{stray}.png")).status_code == 404


async def test_where_nothing_can_be_drawn_the_text_goes_alone_and_the_log_says_so_once(
    core: Core, tmp_path: Path
) -> None:
    (tmp_path / "no_folder").write_bytes(b"")
    settings = Settings(_env_file=None, cards_dir=tmp_path / "no_folder")
    pictures = Pictures(settings, core.house)
    with capture_logs() as logged:
        for _ in range(3):
            assert await pictures.picture_of(Reply("", card="first_steps/3/1")) is None
    assert [(line["event"], line["card"]) for line in logged] == [("card not drawn", "first_steps/3/1")]


def test_the_command_draws_a_lesson_into_a_folder(tmp_path: Path) -> None:
    code, said, complained = run(tmp_path, "cards", "--lesson", "qr_pay", "--out", "thẻ")
    assert (code, complained) == (0, "")
    assert "6 thẻ" in said
    assert sorted(file.name for file in (tmp_path / "thẻ").iterdir()) == [f"qr_pay-{n}.png" for n in range(1, 7)]
    assert run(tmp_path, "cards", "--lesson", "qr_payy")[0] == 2


def test_a_step_too_long_is_named_and_the_others_are_drawn(cards: Cards, card: Card) -> None:
    good, bad = drawn(cards, [card, lengthened(card, 100)])
    assert isinstance(good[1], Path)
    assert "overflow" in str(bad[1])


async def test_a_step_on_telegram_brings_its_card_which_is_uploaded_once(
    core: Core, database: Database, tmp_path: Path
) -> None:
    telegram_out = pytest.importorskip("bot.channels.telegram_out")
    fake = FakeTelegram()
    async with serving(fake.application()) as base:
        settings = Settings(
            _env_file=None,
            telegram_token=fake.token,
            telegram_api_base=base,
            cards_dir=tmp_path,
            telegram_per_second=1000,
        )
        pictures = Pictures(settings, core.house)
        out = telegram_out.TelegramOut(settings, database, lambda: NOON, picture_of=pictures.picture_of)
        step = await Resident(core).says("/lesson first_steps 1")
        for address in ("7", "8"):
            await out.send(address, step)
        await out.close()
    (card,) = tmp_path.glob("*.png")
    assert fake.uploads == [card.read_bytes()]
    assert [sent.photo for sent in fake.sent] == ["file-0", "file-0"]
    assert all("Bước 1/" in sent.text for sent in fake.sent)
