"""A transport that remembers what was written to it."""

import asyncio
from typing import Any


class Wire(asyncio.Transport):
    """Stands for a socket whose client has the address 10.0.0.1."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.sent = b""
        self.is_open = True
        self.reads_on = True
        self.unsent = 0
        self.written = asyncio.Event()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("10.0.0.1", 5) if name == "peername" else default

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))
        self.sent += data
        self.written.set()

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def close(self) -> None:
        self.is_open = False

    def abort(self) -> None:
        self.is_open = False

    def is_closing(self) -> bool:
        return not self.is_open

    def pause_reading(self) -> None:
        self.reads_on = False

    def resume_reading(self) -> None:
        self.reads_on = True
