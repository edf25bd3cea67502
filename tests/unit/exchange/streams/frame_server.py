"""A small WebSocket server on the loopback, and proxies in front of it."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from eliteflow.emulator.ws_frames import TEXT, encode
from eliteflow.emulator.ws_handshake import read_handshake
from tests.unit.exchange.loopback_server import Handler

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OPENSSL = shutil.which("openssl")


def streams(script: Script, targets: list[str] | None = None) -> Handler:
    """Shake hands, then do as the script says; each connection's path is added to `targets`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handshake = read_handshake((await reader.readuntil(b"\r\n\r\n"))[:-4])
        if targets is not None:
            targets.append(handshake.target)
        writer.write(handshake.accepted())
        await script(reader, writer)

    return handle


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send one frame, and wait until the client leaves."""
    writer.write(encode(TEXT, b"hello"))
    await reader.read()
    writer.close()


def connect_proxy(heads: list[str], then: Handler, status: str = "200 Connection established") -> Handler:
    """An HTTP proxy that leads nowhere: after CONNECT it is the venue itself."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if status.startswith("200"):
            await then(reader, writer)

    return handle


@contextlib.asynccontextmanager
async def serving_tls(handler: Handler, certificate: Path) -> AsyncIterator[int]:
    """Serve over TLS on a free port, and yield it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def certificate_of_localhost(folder: Path) -> Path:
    """Make a certificate that signs itself, with its key in the same file."""
    assert OPENSSL is not None
    path = folder / "localhost.pem"
    command = [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path
