"""The token pair of a Zalo OA: renewed early by one flight at a time, and committed before it is used."""

import asyncio
import datetime as dt
from collections.abc import Callable

import httpx2
import structlog

from bot.channels.base import SendFailed
from bot.settings import Settings
from storage import tokens
from storage.database import Database, Unreachable
from storage.tokens import Pair

CHANNEL = "zalo_oa"
RENEW_AT = 0.8
"""Share of an access token's life after which it is renewed; in the rest of it renewing may fail and be repaired."""
UNTOLD_SECONDS = 3600
"""Life of an access token when Zalo does not say."""
UNREACHABLE_AGAIN = dt.timedelta(seconds=30)
REFUSED_AGAIN = dt.timedelta(minutes=5)
WAIT_SECONDS = 60.0
"""How long nothing is sent for want of a token: an admin, or another process, may have brought a new one by then."""

log = structlog.get_logger()


class Refused(Exception):
    """Zalo does not take a refresh token: used before, expired, or not of this app."""


class Tokens:
    """The pair of one OA. A refresh token works once: whoever loses its answer must ask an admin to consent again."""

    def __init__(
        self, settings: Settings, database: Database, client: httpx2.AsyncClient, clock: Callable[[], dt.datetime]
    ) -> None:
        self._settings = settings
        self._database = database
        self._client = client
        self._clock = clock
        self._account = settings.zalo_oa_id
        self._renewal: asyncio.Task[str] | None = None
        self._obtained: Pair | None = None  # from Zalo, and not committed yet
        self._again_at = dt.datetime.min.replace(tzinfo=dt.UTC)

    async def access(self) -> str:
        """Return an access token, renewed before it expires. Raise SendFailed when there is none."""
        pair = await self._load()
        if pair and self._clock() < pair.changed_at + RENEW_AT * (pair.expires_at - pair.changed_at):
            return pair.access
        try:
            return await self.renewed(pair.access if pair else "")
        except SendFailed:
            if pair and self._clock() < pair.expires_at:
                return pair.access
            raise

    async def renewed(self, spent: str) -> str:
        """Return another access token than the one that is spent. All who ask meanwhile wait for the same renewal."""
        if self._renewal is None or self._renewal.done():
            if self._clock() < self._again_at:
                raise _no_token()
            self._renewal = asyncio.create_task(self._renew(spent))
        # whoever is cancelled does not take the renewal along: its answer comes only once
        return await asyncio.shield(self._renewal)

    async def close(self) -> None:
        """Finish a renewal that is under way."""
        if self._renewal is not None:
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renew(self, spent: str) -> str:
        pair = await self._load()
        if pair and pair.access != spent:
            self._obtained = None
            return pair.access
        try:
            self._obtained = self._obtained or await self._obtain(pair)
        except (Refused, SendFailed) as failure:
            newer = await self._load()
            if newer and newer.access != spent:  # another process was quicker with the same refresh token
                return newer.access
            raise await self._failed(pair, failure) from None
        return await self._keep(self._obtained, pair.refresh if pair else "")

    async def _obtain(self, pair: Pair | None) -> Pair:
        """Ask Zalo for a new pair, with the newest refresh token it takes."""
        first = self._settings.zalo_oa_refresh_token.get_secret_value()
        known = (pair.refresh, pair.previous_refresh, first) if pair else (first,)
        for refresh in dict.fromkeys(filter(None, known)):
            try:
                return await self._ask(refresh)
            except Refused:
                continue
        raise Refused

    async def _keep(self, obtained: Pair, refresh: str) -> str:
        """Commit a pair in place of the one with this refresh token; return its access token."""
        try:
            kept = await self._database.write(tokens.replace, CHANNEL, self._account, obtained, refresh)
        except Unreachable:  # the pair stays at hand, for it cannot be had again
            log.error("Zalo token pair not committed yet", channel=CHANNEL)
            raise SendFailed("passing", "database") from None
        self._obtained = None
        self._again_at = obtained.changed_at
        log.info("Zalo token pair renewed", channel=CHANNEL)
        current = obtained if kept else await self._load() or obtained
        return current.access

    async def _failed(self, pair: Pair | None, failure: Refused | SendFailed) -> SendFailed:
        """Note that renewing failed; return what senders are told."""
        now = self._clock()
        if isinstance(failure, Refused):
            self._again_at = now + REFUSED_AGAIN
            log.error("Zalo takes no refresh token: an OA admin must consent again", channel=CHANNEL)
        else:
            self._again_at = now + UNREACHABLE_AGAIN
            log.error("Zalo token pair not renewed", channel=CHANNEL, reason=failure.reason)
        if pair:
            try:
                await self._database.write(tokens.fail, CHANNEL, self._account, pair.refresh, now)
            except Unreachable:
                log.error("failed renewal not noted", channel=CHANNEL)
        return _no_token()

    async def _load(self) -> Pair | None:
        try:
            return await self._database.read(tokens.load, CHANNEL, self._account)
        except Unreachable:
            raise SendFailed("passing", "database") from None

    async def _ask(self, refresh: str) -> Pair:
        """Ask Zalo for the pair that follows a refresh token."""
        url = f"{self._settings.zalo_oa_oauth_base}/v4/oa/access_token"
        form = {"refresh_token": refresh, "app_id": self._settings.zalo_oa_app_id, "grant_type": "refresh_token"}
        secret = self._settings.zalo_oa_app_secret.get_secret_value()
        try:
            response = await self._client.post(url, data=form, headers={"secret_key": secret})
            answer = response.json()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SendFailed("passing", type(error).__name__) from None
        except ValueError:
            raise SendFailed("passing", f"HTTP {response.status_code}") from None
        if response.status_code >= 500 or not isinstance(answer, dict):
            raise SendFailed("passing", f"HTTP {response.status_code}")
        access, following = answer.get("access_token"), answer.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(following, str) and following):
            raise Refused
        now = self._clock()
        return Pair(access, following, now + _life(answer.get("expires_in")), now)


def _life(expires_in: object) -> dt.timedelta:
    """Return how long an access token lives: Zalo gives the seconds as a text."""
    told = str(expires_in)
    return dt.timedelta(seconds=int(told) if told.isdecimal() and len(told) < 9 else UNTOLD_SECONDS)


def _no_token() -> SendFailed:
    return SendFailed("slow_down", "no token", WAIT_SECONDS)
