"""How many web chat messages a second the server answers, beside a Starlette echo, in the same run."""

import argparse
import asyncio
import json
import multiprocessing
import re
import socket
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.server import built
from bot.settings import Settings

VISITORS = 32
STEPS = [f"/lesson smartphone_basic {step}" for step in range(1, 6)]
SETTLED_SECONDS = 4
"""After its first pages the server arranges the questions it can answer, once; both servers get the time for it."""
_COOKIE = re.compile(rb"set-cookie: (hocvuso=[^;]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def echo(request: Request) -> Response:
    """Answer with the body."""
    return Response(await request.body())


def config(application: ASGIApp, port: int) -> uvicorn.Config:
    """Return how both are served: alike."""
    return uvicorn.Config(
        application, port=port, log_level="warning", access_log=False, http="httptools", loop="uvloop"
    )


def serve_echo(port: int, _: str) -> None:
    """Serve the echo."""
    uvicorn.Server(config(Starlette(routes=[Route("/chat", echo, methods=["POST"])]), port)).run()


def serve_ours(port: int, path: str) -> None:
    """Serve the web chat over a database of its own."""

    async def serve() -> None:
        settings = Settings(database_url=f"sqlite:///{path}", web_messages_per_minute=10**6, _env_file=None)
        async with built(settings) as application:
            await uvicorn.Server(config(application, port)).serve()

    uvloop.run(serve())


async def visit(port: int, messages: int, cookie: str) -> None:
    """Send messages over one connection, each after the answer to the one before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(messages):
        body = urlencode({"say": STEPS[number % len(STEPS)], "event": f"bench{number}"}).encode()
        headers = (
            f"POST /chat HTTP/1.1\r\nhost: localhost\r\nhx-request: true\r\ncookie: {cookie}\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(headers.encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        found = _LENGTH.search(head)
        assert found, head
        await reader.readexactly(int(found[1]))
    writer.close()


async def cookie_of(port: int) -> str:
    """Return the cookie of a new visitor, once the server answers."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.05)
    writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    found = _COOKIE.search(await reader.read())
    writer.close()
    return found[1].decode() if found else "none=1"


async def rate(port: int, messages: int) -> float:
    """Return the messages a second that all visitors together got answered."""
    cookies = [await cookie_of(port) for _ in range(VISITORS)]
    await asyncio.gather(*(visit(port, 5, cookie) for cookie in cookies))
    await asyncio.sleep(SETTLED_SECONDS)
    each = messages // VISITORS
    fresh = [await cookie_of(port) for _ in cookies]
    begun = time.perf_counter()
    await asyncio.gather(*(visit(port, each, cookie) for cookie in fresh))
    return each * VISITORS / (time.perf_counter() - begun)


def measure(server: Callable[[int, str], None], path: Path, messages: int) -> float:
    """Return the rate of a server started in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=server, args=(port, str(path)))
    process.start()
    try:
        return asyncio.run(rate(port, messages))
    finally:
        process.terminate()
        process.join()


def main() -> None:
    """Run both in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=6400)
    options = parser.parse_args()
    echoes, ours = [], []
    for _ in range(options.runs):
        with TemporaryDirectory(dir=".") as folder:
            echoes.append(measure(serve_echo, Path(folder) / "none", options.messages))
            ours.append(measure(serve_ours, Path(folder) / "ours.sqlite3", options.messages))
    echo_rate, our_rate = statistics.median(echoes), statistics.median(ours)
    print(
        json.dumps(
            {"echo_req_s": round(echo_rate), "ours_req_s": round(our_rate), "ratio": round(our_rate / echo_rate, 3)}
        )
    )


if __name__ == "__main__":
    main()
