"""The command `p-aligner serve`: arguments in, a model loaded, the proxy run until a signal stops it."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

from .. import arguments
from ..arguments import count, quieten
from ..errors import InputError


if TYPE_CHECKING:
    from ..runtime.protocol import Backend
    from ..runtime.refiner import Refiner

EXAMPLES = """\
A client takes the address of this proxy as its base URL and is answered by the
upstream server: the last user message of /v1/chat/completions, /v1/responses or
/v1/messages refined, all else as it is. One request says otherwise by the header
X-P-Aligner: off (or on), or by :raw (or :refined) behind the model's name.
x-p-aligner-* headers of the answer tell what changed.

examples:
  p-aligner serve --upstream https://api.openai.com/v1
  p-aligner serve --upstream http://127.0.0.1:8000 --model org/p-aligner --budget 2
  p-aligner serve --upstream http://127.0.0.1:8000 --model-url http://127.0.0.1:8080
  curl http://127.0.0.1:8100/v1/chat/completions -i -H 'Content-Type: application/json' \\
      -d '{"model": "m", "messages": [{"role": "user", "content": "tell me about inflation"}]}'
"""
_WARM_UP = "tell me about inflation"


def add_command(commands: Any) -> None:
    about = "An OpenAI-compatible proxy that refines the last user message and passes the call on."
    said = "refine chats on their way to an OpenAI-compatible server"
    serve = arguments.add_command(commands, "serve", _run, said, about, epilog=EXAMPLES)
    serve.add_argument("--upstream", required=True, metavar="URL", help="its base URL, as an OpenAI client takes it")
    serve.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=8100, metavar="N", help="default: %(default)s; 0: a free one")
    serve.add_argument("--model", metavar="M", help="p-aligner (default), a folder or a Hub name")
    serve.add_argument(
        "--model-url",
        metavar="URL",
        help="a server that runs P-Aligner (llama.cpp, vLLM); --model is its name there",
    )
    serve.add_argument("--revision", metavar="SHA", help="revision of a Hub model")
    serve.add_argument("--device", metavar="D", help="for example cpu or cuda:0 (default: the first accelerator)")
    serve.add_argument("--chat-template", metavar="F.jinja", help="use this in place of the model's own template")
    serve.add_argument("--batch-size", type=count, default=32, metavar="N", help="default: %(default)s")
    for name, default, metavar, text in (
        ("--max-growth", 4.0, "X", "longest refinement, in lengths of the original"),
        ("--budget", 5.0, "SECONDS", "for refining; then the raw message goes on"),
        ("--timeout", 600.0, "SECONDS", "longest silence of the upstream server"),
    ):
        said = f"{text} (default: %(default)g)"
        serve.add_argument(name, type=_positive, default=default, metavar=metavar, help=said)
    serve.add_argument(
        "--default", choices=("on", "off"), default="on", help="for chats that do not say (default: %(default)s)"
    )


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 65535, it is {text!r}")
    return int(text)


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return float(text)
    raise argparse.ArgumentTypeError(f"must be a number above 0, it is {text!r}")


def _run(options: argparse.Namespace) -> int:
    try:
        from .proxy import Proxy
    except ModuleNotFoundError as error:
        if error.name not in ("aiohttp", "multidict", "yarl"):
            raise
        raise InputError("the proxy needs aiohttp: pip install 'p-aligner[serve]'") from error
    # Before the model is loaded: a wrong address fails at once, and clients may connect already.
    with _listen(options.host, options.port) as listener:
        loaded: list[Refiner] = []

        async def refine(given: Any) -> Any:
            return await loaded[0](given)

        proxy = Proxy(
            options.upstream, refine, budget_s=options.budget, is_on=options.default == "on", timeout_s=options.timeout
        )
        here = {"127.0.0.1", "localhost", "::1", "0.0.0.0", options.host}
        if proxy.upstream.host in here and proxy.upstream.port == listener.getsockname()[1]:
            raise InputError(f"the upstream {proxy.upstream} is this proxy itself: give the server's address")
        try:
            loaded.append(_load(options))
            asyncio.run(_serve(proxy, listener, loaded[0]))
        except KeyboardInterrupt:  # while loading
            print("p-aligner: stopped", file=sys.stderr)
            return 130
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in proxy.tally.most_common())
    print(f"p-aligner: stopped after {proxy.tally.total():,} chats{': ' if counts else ''}{counts}", file=sys.stderr)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise InputError(f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port") from error


def _load(options: argparse.Namespace) -> "Refiner":
    from ..runtime.refiner import Refiner

    quieten()
    backend = _on_server(options) if options.model_url else _in_process(options)
    growth, seconds = options.max_growth, options.budget
    return Refiner(backend, max_growth=growth, most_seconds=seconds, at_once=options.batch_size)


def _in_process(options: argparse.Namespace) -> "Backend":
    from ..runtime.in_process import TransformersBackend, TransformersSettings

    given = {name: getattr(options, name) for name in ("revision", "device", "chat_template", "batch_size")}
    given |= {"model": options.model or "p-aligner", "temperature": 0}
    return TransformersBackend(TransformersSettings(backend="transformers", **given))


def _on_server(options: argparse.Namespace) -> "Backend":
    from ..runtime.endpoint import EndpointBackend, EndpointSettings, address

    for name in ("revision", "device", "chat_template"):
        if getattr(options, name):
            option = name.replace("_", "-")
            raise InputError(f"--{option} is of a model in this process: leave it out, or --model-url")
    try:
        url = address(options.model_url)
    except ValueError as error:
        raise InputError(f"--model-url {error}") from None
    return EndpointBackend(
        EndpointSettings(
            backend="endpoint",
            model=options.model or "p-aligner",
            base_url=url,
            temperature=0,
            timeout_s=options.budget,
            retries=0,  # whoever waits is better served by the raw message
            concurrency=options.batch_size,
        )
    )


async def _serve(proxy: Any, listener: socket.socket, refiner: "Refiner") -> None:
    """Serve until SIGTERM or Ctrl-C; what is under way may end, at a second signal no more."""
    await refiner(_WARM_UP)  # the first is slower than all that follow, and says whether the model can be used
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this is not None

    def signalled() -> None:
        if stop.is_set():
            this.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled)
    address, port = listener.getsockname()[:2]
    address = f"[{address}]" if ":" in address else address
    told = f"p-aligner: http://{address}:{port}/v1 refines for {proxy.upstream}; Ctrl-C ends it"
    print(told, file=sys.stderr, flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        async with proxy:
            await proxy.serve(listener, stop)
    await refiner.close()
