"""What goes wrong on the wire, switched on by tests; and serving a fake in the test's own loop, so that it can."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HTML = "<html><body><h1>Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Mishap:
    """What happens to one call instead of its usual answer."""

    status: int = 200
    body: Any = None  # JSON where it is no text; None: the usual answer
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0  # seconds, before anything else
    accept: bool = False  # whether the call is carried out all the same
    cut: bool = False  # the connection, instead of an answer

    async def befall(self, request: Request, carry_out: Callable[[], Awaitable[Response]]) -> Response:
        """Answer a call so."""
        await asyncio.sleep(self.wait)
        if self.body is None and not self.cut:
            return await carry_out()
        if self.accept:
            await carry_out()
        if self.cut:
            request.scope["cut"]()
            await asyncio.sleep(0.01)  # until the server has noticed: it would complain of the missing answer
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, "text/html")
        return JSONResponse(self.body, self.status, self.headers)


class _Cuttable(HttpToolsProtocol):
    """HTTP whose connection an application can cut."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["cut"] = self.transport.abort  # type: ignore[typeddict-unknown-key]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.over = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until it is over, and notice at once."""
        await self.over.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to whoever runs the loop."""
        yield


@asynccontextmanager
async def serving(application: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve in this loop, on a free port if none is given; give the address."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # unnamed, asyncio would not send small writes at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            application, http=_Cuttable, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=2
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.over.set()
            await running
