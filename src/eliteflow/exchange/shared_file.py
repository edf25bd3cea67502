"""The shared book on disk, one file for each user and venue, changed under a file lock."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from eliteflow.exchange.shared_book import Book, decode, encode
from eliteflow.model.venue import file_stem

T = TypeVar("T")

# A program that holds the lock needs a millisecond; one that was stopped in that moment is not waited for.
PATIENCE_S = 1.0
POLL_S = 0.002


class SharedFile:
    """A book in the file `path`. Blocks for about a fifth of a millisecond, so it is called in a thread.

    set_aside: where the content went that could not be read, None while there was none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._lock = FileLock(
            f"{path}.lock", PATIENCE_S, poll_interval=POLL_S, fallback_to_soft=False, preserve_lock_file=True
        )

    def __repr__(self) -> str:
        return f"<SharedFile {self.path}>"

    def update(self, change: Callable[[Book], T]) -> T:
        """Return what `change` makes of the book, which is then written; raise OSError where that cannot be done.

        The file is replaced as a whole, so a program that is killed leaves the old one or the new one.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with self._lock:
                book = self._read()
                result = change(book)
                self._write(encode(book))
        except Timeout as error:
            raise TimeoutError(f"{self.path}.lock") from error
        return result

    def _read(self) -> Book:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Book()
        book = decode(content)
        if book is None:
            self.set_aside = self.path.with_suffix(".damaged")
            self.path.replace(self.set_aside)
        return book or Book()

    def _write(self, content: bytes) -> None:
        fresh = self.path.with_suffix(".new")
        try:
            fresh.write_bytes(content)
            fresh.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise


def shared_path(host: str, folder: str | None = None) -> Path:
    """Return where the book of a venue is: in `folder`, else in the user's folder for what outlives a program."""
    home = Path(folder) if folder else user_state_path("eliteflow", appauthor=False)
    return home / "venues" / f"{file_stem(host)}.json"
