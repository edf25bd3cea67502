"""Tests of the shared book on disk."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from eliteflow.exchange import shared_file
from eliteflow.exchange.shared_book import Book, Grant, Wish, write_down
from eliteflow.exchange.shared_file import SharedFile, shared_path

NOON = 29_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A book in a folder that does not exist yet."""
    return tmp_path / "venues" / "venue.test.json"


def lease(book: Book, program: str = "first", want: int = 100) -> Grant:
    """Ask for weight."""
    return write_down(book, Wish(program, NOON, NOON * 60_000, want=want, top=2052))


def test_what_was_written_is_there_for_the_next(path: Path) -> None:
    """Two programs, one book; nothing else stays in the folder but the lock."""
    SharedFile(path).update(lease)
    assert SharedFile(path).update(lambda book: book.minutes[NOON].granted) == {"first": 100}
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["venue.test.json", "venue.test.json.lock"]


def test_a_damaged_book_is_set_aside(path: Path) -> None:
    """It begins anew, and what was in it is kept for who wants to know."""
    path.parent.mkdir()
    path.write_bytes(b'{"minutes": {"29')
    file = SharedFile(path)
    assert file.update(lease).leased == 100
    assert file.set_aside == path.with_suffix(".damaged")
    assert file.set_aside.read_bytes() == b'{"minutes": {"29'


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    """The caller goes on alone."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        SharedFile(tmp_path / "file" / "venues" / "x.json").update(lease)


def test_a_full_disk_leaves_the_old_book(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no half-written one."""
    SharedFile(path).update(lease)
    before = path.read_bytes()

    def write_bytes(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(OSError, match="No space left"):
        SharedFile(path).update(lease)
    assert path.read_bytes() == before
    assert not path.with_suffix(".new").exists()


def test_a_stopped_program_that_holds_the_lock_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TimeoutError is an OSError too."""
    monkeypatch.setattr(shared_file, "PATIENCE_S", 0.02)
    path.parent.mkdir()
    with FileLock(f"{path}.lock"), pytest.raises(TimeoutError):
        SharedFile(path).update(lease)


def test_programs_that_lease_at_once_never_have_more_than_there_is(path: Path) -> None:
    """Three processes ask for one weight each until nothing is left; one of them is killed in the middle."""
    program = (
        "import sys; from pathlib import Path\n"
        "from eliteflow.exchange.shared_file import SharedFile\n"
        "from eliteflow.exchange.shared_book import Wish, write_down\n"
        f"file, name = SharedFile(Path({str(path)!r})), sys.argv[1]\n"
        f"wish = Wish(name, {NOON}, {NOON * 60_000}, want=1, top=60)\n"
        "leased = [file.update(lambda book: write_down(book, wish)) for _ in range(40)]\n"
        "print(leased[-1].leased)\n"
    )
    names = ("a", "b", "killed")
    running = [subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE) for name in names]
    running[2].kill()
    answers = [process.communicate(timeout=30)[0] for process in running]
    granted = SharedFile(path).update(lambda book: book.minutes[NOON].granted)
    assert sum(granted.values()) == 60
    assert [int(answer) for answer in answers[:2]] == [granted["a"], granted["b"]]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("fapi.binance.com", "fapi.binance.com.json"),
        ("127.0.0.1:8080", "127.0.0.1_8080.json"),
        ("[::1]:1", "___1__1.json"),
    ],
)
def test_each_venue_has_its_own_book(host: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's folder for state, or in the one that is set."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert shared_path(host) == tmp_path / "state" / "eliteflow" / "venues" / name
    assert shared_path(host, str(tmp_path)) == tmp_path / "venues" / name
