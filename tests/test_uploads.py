"""Uploads: what a platform keeps is known by channel, account and content, and replaced when it is uploaded again."""

import datetime as dt

from storage import uploads
from storage.database import Database
from tests.dialogue import NOON


async def test_what_was_never_uploaded_is_not_known(database: Database) -> None:
    assert await database.read(uploads.known, "telegram", "1", "hash") is None


async def test_what_was_uploaded_is_known_for_its_channel_account_and_content_only(database: Database) -> None:
    await database.write(uploads.remember, "telegram", "1", "hash", "file-1", NOON)
    assert await database.read(uploads.known, "telegram", "1", "hash") == ("file-1", NOON)
    for other in (("zalo_oa", "1", "hash"), ("telegram", "2", "hash"), ("telegram", "1", "other")):
        assert await database.read(uploads.known, *other) is None


async def test_an_upload_made_again_replaces_the_one_before(database: Database) -> None:
    later = NOON + dt.timedelta(days=7)
    await database.write(uploads.remember, "zalo_oa", "1", "hash", "attachment-1", NOON)
    await database.write(uploads.remember, "zalo_oa", "1", "hash", "attachment-2", later)
    assert await database.read(uploads.known, "zalo_oa", "1", "hash") == ("attachment-2", later)
