"""Receivers of notifications inside the test."""

from eliteflow.operations.notices.digest import Message


class Inbox:
    """A sink that keeps what it gets. fails: why it refuses, None while it does not."""

    def __init__(self, label: str = "inbox") -> None:
        self.label = label
        self.messages: list[Message] = []
        self.fails: str | None = None

    def send(self, message: Message) -> str | None:
        """Keep the message, or refuse it."""
        if self.fails is None:
            self.messages.append(message)
        return self.fails

    @property
    def titles(self) -> list[str]:
        """The first lines of all messages."""
        return [message.title for message in self.messages]
