"""A server that misbehaves by plan, the proxy before it, and how tests ask it."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import openai
from conftest import user
from faulty_server import Server

from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.serving.chats import PATHS
from p_aligner.serving.proxy import Proxy


CHAT, RESPONSES, MESSAGES = PATHS
ASK = "tell me about inflation"


async def loud(given: Any) -> dict[str, Any]:
    """Refine by raising the voice."""
    text = given if isinstance(given, str) else given[-1]["content"]
    refined = text.upper()
    return {"refined_instruction": refined, "changed": refined != text, "reason": None if refined != text else "loud"}


@contextlib.asynccontextmanager
async def proxied(
    *plan: Any, refine: Callable[[str], Awaitable[Any]] = loud, **options: Any
) -> AsyncIterator[tuple[Server, str, Proxy]]:
    """Run a server and the proxy before it; yield the server, the proxy's address without `/v1`, and the proxy."""
    async with Server(*plan) as server, Proxy(server.url, refine, **options) as proxy:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            stop = asyncio.Event()
            serving = asyncio.ensure_future(proxy.serve(listener, stop, grace_s=1.0))
            try:
                yield server, f"http://127.0.0.1:{listener.getsockname()[1]}", proxy
            finally:
                stop.set()
                await serving


def request(content: Any, *before: Any, role: str = "user", **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [*before, {"role": role, "content": content}], **more}


async def post(url: str, body: Any, path: str = CHAT, **headers: str) -> tuple[int, Any, Any]:
    """Send a request; return status, headers and JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as session, session.post(url + path, data=data, headers=headers) as answer:
        return answer.status, answer.headers, json.loads(await answer.read())


def client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-own", max_retries=0)


def asked(path: str, content: Any, *before: Any, **more: Any) -> dict[str, Any]:
    """Ask as each API is asked."""
    if path != RESPONSES:
        return request(content, *before, **more)
    given = content if isinstance(content, str) and not before else [*before, *user(content)]
    return {"model": "m", "input": given, **more}


def backend_of(folder: str) -> TransformersBackend:
    return TransformersBackend(TransformersSettings(backend="transformers", model=folder, temperature=0, device="cpu"))
