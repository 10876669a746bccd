"""The content of the settings' ward: lessons, paths and questions, the ward's own beside those that come along."""

from pathlib import Path

from bot.settings import Settings
from faq.bank import Bank, read_bank
from lessons.library import CONTENT, Library, read_library


def library_of(settings: Settings) -> Library:
    """Return the lessons. ContentError: the first mistake in them."""
    return read_library(settings.content_dir or CONTENT, settings.own_content_dir)


def bank_of(settings: Settings) -> Bank:
    """Return the questions. ContentError: the first mistake in them."""
    own = own_questions(settings)
    return read_bank(settings.faq_dir, own=own) if settings.faq_dir else read_bank(own=own)


def own_questions(settings: Settings) -> Path | None:
    """Return the folder of the questions that the ward added, whether there is one yet or not."""
    return settings.own_content_dir / "questions" if settings.own_content_dir else None


def drawings_of(settings: Settings) -> tuple[Path, ...]:
    """Return the folders of the lessons' drawings, the ward's own first."""
    folders = (settings.own_content_dir, settings.content_dir or CONTENT)
    return tuple(folder / "pictures" for folder in folders if folder)
