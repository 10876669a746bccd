"""What `hocvuso backup` and `hocvuso restore` say and do: a file with its date, the last ones kept, one put back."""

import re
from pathlib import Path

from bot.app import now
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from handlers.speech import VIET_NAM
from storage.backup import KINDS, back_up, kind_of
from storage.backup import restore as put_back
from storage.dumps import Refused


def backup(settings: Settings, out: Path | None, clock: Clock = now) -> Outcome:
    """Make a backup; delete those of our own naming in the same folder that are more than wanted."""
    folder = out or settings.backup_dir
    kind = KINDS[kind_of(settings.database_url)]
    file = folder / f"{settings.ward_code}-{_stamp(clock)}.{kind}"
    try:
        back_up(settings.database_url, file)
        gone = _prune(folder, settings.ward_code, kind, settings.backup_keep)
    except Refused as refused:
        return say("backups.refused", why=refused.reason, told=refused.told, file=""), 1
    except OSError as error:
        return say("backups.no_folder", folder=folder, why=error.strerror), 1
    return say("backups.made", file=file, megabytes=file.stat().st_size / 1_000_000, gone=gone), 0


def restore(settings: Settings, file: Path, clock: Clock = now) -> Outcome:
    """Put a backup back; say where the present data were kept."""
    try:
        kept = put_back(settings.database_url, file, f"truoc-{_stamp(clock)}")
    except Refused as refused:
        return say("backups.refused", why=refused.reason, told=refused.told, file=file), 1
    except OSError as error:
        return say("backups.no_folder", folder=file, why=error.strerror), 1
    return say("backups.restored", file=file, kept=kept, kind=kind_of(settings.database_url)), 0


def _stamp(clock: Clock) -> str:
    """Return the time in Viet Nam as it stands in a name, so that names sort by time."""
    return f"{clock().astimezone(VIET_NAM):%Y-%m-%d-%H%M%S}"


def _prune(folder: Path, ward_code: str, kind: str, keep: int) -> list[str]:
    """Delete the oldest backups beyond `keep`; return their names. Nothing else in the folder is touched."""
    stamp = rf"{re.escape(ward_code)}-\d{{4}}-\d\d-\d\d-\d{{6}}\.{kind}"
    gone = sorted(file.name for file in folder.iterdir() if re.fullmatch(stamp, file.name))[:-keep]
    for name in gone:
        (folder / name).unlink()
    return gone
