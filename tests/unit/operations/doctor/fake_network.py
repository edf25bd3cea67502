"""A network that is as a test wants it."""


class FakeNetwork:
    """broken: method → what it raises. asked: every call."""

    def __init__(self, **broken: OSError) -> None:
        self.broken = broken
        self.asked: list[tuple[str, str]] = []

    async def resolve(self, host: str) -> list[str]:
        """Return two addresses."""
        self._ask("resolve", host)
        return ["192.0.2.1", "192.0.2.2"]

    async def connect(self, host: str, port: int) -> None:
        """Connect to nothing."""
        self._ask("connect", f"{host}:{port}")

    async def handshake(self, host: str, port: int) -> str:
        """Agree on a version."""
        self._ask("handshake", f"{host}:{port}")
        return "TLSv1.3"

    def _ask(self, method: str, place: str) -> None:
        self.asked.append((method, place))
        if error := self.broken.get(method):
            raise error
