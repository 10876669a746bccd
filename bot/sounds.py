"""Steps to listen to: what the ward recorded, or else what the machine reads; only where the settings allow it."""

import asyncio
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.settings import Settings
from bot.spoken import spoken
from lessons.library import Library

SECONDS = 30
"""Longest time one step may take to be read, and again to be packed."""
RECORDED = (".ogg", ".mp3", ".wav")
TYPES = {".ogg": "audio/ogg", ".mp3": "audio/mpeg", ".wav": "audio/wav"}
VOICE = ("espeak-ng", "-v", "vi", "-s", "135")
DAY = {"cache-control": "public, max-age=86400"}

log = structlog.get_logger()


class Sounds:
    """The sounds of one ward, by the name a step's card has: topic/version/step."""

    def __init__(self, settings: Settings, library: Library) -> None:
        """Look into the folder of these settings; nothing is read aloud before somebody listens."""
        self._folder = settings.sounds_dir
        self._library = library
        self._reads = settings.read_aloud and shutil.which(VOICE[0]) is not None
        self._reading = asyncio.Lock()  # the answers need the processors too

    def routes(self) -> list[BaseRoute]:
        """Return the route of the sounds."""
        return [Route("/nghe/{topic}/{version:int}/{step:int}", self.play)]

    def heard(self, card: str) -> bool:
        """Return whether a step can be listened to."""
        return self._recorded(card) is not None or (self._reads and self._text(card) is not None)

    async def play(self, request: Request) -> Response:
        """Serve the sound of a step. HTTPException: it cannot be listened to."""
        card = "{topic}/{version}/{step}".format(**request.path_params)
        file = self._recorded(card) or await self._read(card)
        if file is None:
            raise HTTPException(404)
        return FileResponse(file, media_type=TYPES[file.suffix], headers=DAY)

    def _recorded(self, card: str) -> Path | None:
        if self._text(card) is None:
            return None  # of a version that is no more, or no step at all
        files = (self._folder / f"{card.replace('/', '-')}{ending}" for ending in RECORDED)
        return next((file for file in files if file.is_file()), None)

    def _text(self, card: str) -> str | None:
        """Return the text of a step in the current version; None: there is none."""
        topic, _, place = card.partition("/")
        lesson = self._library.get(topic)
        version, _, step = place.partition("/")
        if lesson is None or version != str(lesson.version) or not step.isdecimal():
            return None
        return lesson.steps[int(step) - 1].text if 1 <= int(step) <= len(lesson.steps) else None

    async def _read(self, card: str) -> Path | None:
        text = self._text(card)
        if text is None or not self._reads:
            return None
        async with self._reading:
            try:
                return await asyncio.to_thread(read_aloud, spoken(text), self._folder / "may-doc")
            except (OSError, subprocess.SubprocessError) as error:
                log.warning("step not read aloud", card=card, kind=type(error).__name__)
                return None


def read_aloud(text: str, folder: Path) -> Path:
    """Return the file in which a text is read, made unless it was before. Raise OSError, SubprocessError."""
    packer = _packer()
    ending = ".ogg" if packer else ".wav"
    file = folder / f"{hashlib.sha256(' '.join((*VOICE, text)).encode()).hexdigest()[:24]}{ending}"
    if file.is_file():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as making:
        raw, packed = Path(making) / "read.wav", Path(making) / "read.ogg"
        _run([*VOICE, "-w", str(raw), "--stdin"], text)
        if packer:
            _run(
                [*packer, str(raw), *(("-c:a", "libopus", "-b:a", "24k") if packer[0] == "ffmpeg" else ()), str(packed)]
            )
        (packed if packer else raw).replace(file)  # nobody may hear half of it
    return file


def _packer() -> tuple[str, ...]:
    """Return the command that packs a sound as Opus, as far as the name of the file; none: it goes as it is."""
    if shutil.which("opusenc"):
        return ("opusenc", "--quiet")
    return ("ffmpeg", "-loglevel", "error", "-y", "-i") if shutil.which("ffmpeg") else ()


def _run(command: list[str], text: str = "") -> None:
    subprocess.run(  # noqa: S603  (the command is ours, the text goes in by standard input)
        command, input=text.encode(), capture_output=True, timeout=SECONDS, check=True
    )
