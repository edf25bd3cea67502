"""Frames as clients send them."""

MASK = b"\x01\x02\x03\x04"


def client_frame(opcode: int, payload: bytes, *, is_final: bool = True, mask: bytes = MASK) -> bytes:
    """Return a client's frame, masked byte by byte."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    else:
        length = b"\xfe" + size.to_bytes(2, "big") if size < 65_536 else b"\xff" + size.to_bytes(8, "big")
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([0x80 * is_final | opcode]) + length + mask + masked
