"""Each rule for the Dockerfile finds what it is there for, and the one at hand breaks none."""

from pathlib import Path

import pytest

from deploy import dockerfile

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "Dockerfile").read_text("utf-8")


def test_the_dockerfile_breaks_no_rule() -> None:
    """As CI and the check of the image want it."""
    assert dockerfile.faults(TEXT, ROOT) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "FROM python:3.13-slim-bookworm\n",
            "FROM python:latest\n",
            "an image is named with a version (python:latest)",
        ),
        ("FROM python:3.13-slim-bookworm\n", "FROM python\n", "an image is named with a version (python)"),
        ("USER eliteflow", "USER root", "the program does not run as root (no USER)"),
        ("USER eliteflow\n", "", "the program does not run as root (no USER)"),
        ('CMD ["run"]', "CMD run", "what runs is in exec form"),
        ('ENTRYPOINT ["eliteflow"]', "", "what runs is in exec form"),
        ("WORKDIR /data", "WORKDIR data", "WORKDIR is absolute"),
        ("WORKDIR /data", "WORKDIR /data\nVOLUME /data", "no VOLUME"),
        ("COPY src /build/src", "ADD src /build/src", "COPY, never ADD"),
        ("COPY src /build/src", "COPY tests /build/src", "what is copied exists and is not ignored (tests)"),
        ("COPY src /build/src", "COPY nothing /build/src", "what is copied exists and is not ignored (nothing)"),
        ("install --no-cache-dir", "install", "pip leaves no cache in a layer"),
        ("PORT=9530", "PORT=9530 BINANCE_API_KEY=x", "no secret is baked in"),
        ("RUN useradd", "RUN pip install --no-cache-dir x && useradd", "the last stage installs nothing"),
    ],
)
def test_each_rule_finds_its_fault(old: str, new: str, fault: str) -> None:
    """One change to the real file, one sentence about it."""
    assert old in TEXT
    assert [found for found in dockerfile.faults(TEXT.replace(old, new), ROOT) if found.startswith(fault)]


def test_continued_lines_are_one_instruction_and_comments_none() -> None:
    """The number is that of the first line."""
    [stage] = dockerfile.parse("# by hand\nFROM a:1.0 AS one\n\nRUN x && \\\n    # why\n    y\n")
    assert (stage.image, stage.name) == ("a:1.0", "one")
    assert stage.instructions == [dockerfile.Instruction("RUN", "x && y", 4)]


def test_what_stands_before_the_first_image_is_refused() -> None:
    """There is nothing to run it in."""
    with pytest.raises(ValueError, match="line 1: RUN before FROM"):
        dockerfile.parse("RUN x\n")


def test_variables_grow_over_those_of_the_base() -> None:
    """A path is put in front of what the base image has."""
    stage = dockerfile.parse(TEXT)[-1]
    variables = dockerfile.environment(stage, {"PATH": "/usr/bin"})
    assert variables["PATH"] == "/opt/eliteflow/bin:/usr/bin"
    assert variables["ELITEFLOW_STORE__PATH"].startswith("/data/")


@pytest.mark.parametrize(
    ("path", "sent"), [("src", True), ("src/eliteflow/cli.py", True), (".env", False), ("tests", False)]
)
def test_only_what_the_image_needs_is_sent(path: str, sent: bool) -> None:
    """Keys that lie about in a folder never reach a build."""
    assert dockerfile.is_sent(path, (ROOT / ".dockerignore").read_text("utf-8")) is sent
