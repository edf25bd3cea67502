"""Read a Dockerfile, and say what is wrong with it: the rules that this image is held to."""

import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|API_KEY", re.IGNORECASE)
PINNED = re.compile(r":(?!latest$)[\w.-]*\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
PAIR = re.compile(r'(\w+)=("[^"]*"|\S*)')


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in capitals, everything behind it, and its first line's number."""

    name: str
    value: str
    line: int

    @property
    def words(self) -> list[str] | None:
        """The exec form as a list, None for the shell form."""
        value = self.value[self.value.index("[") :] if "[" in self.value else self.value
        try:
            words = json.loads(value)
        except json.JSONDecodeError:
            return None
        return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


@dataclass(slots=True)
class Stage:
    """From one FROM to the next."""

    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, name: str) -> Instruction | None:
        """Return the instruction of this name that counts."""
        return next((one for one in reversed(self.instructions) if one.name == name), None)


def parse(text: str) -> list[Stage]:
    """Return the stages. Raises ValueError for what stands before the first FROM."""
    stages: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.name == "FROM":
            image, _, name = re.sub(r"\s+", " ", instruction.value).partition(" AS ")
            stages.append(Stage(image, name or str(len(stages))))
        elif stages:
            stages[-1].instructions.append(instruction)
        else:
            raise ValueError(f"line {instruction.line}: {instruction.name} before FROM")
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not parts):
            continue
        begun = begun if parts else number
        parts.append(line.removesuffix("\\").strip())
        if line.endswith("\\"):
            continue
        name, _, value = " ".join(parts).partition(" ")
        parts = []
        yield Instruction(name.upper(), value.strip(), begun)


def environment(stage: Stage, base: dict[str, str]) -> dict[str, str]:
    """Return the variables of a stage over those of its image."""
    known = dict(base)
    for instruction in stage.instructions:
        if instruction.name == "ENV":
            for name, value in PAIR.findall(instruction.value):
                known[name] = VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), value.strip('"'))
    return known


def sources(stage: Stage) -> list[str]:
    """Return the paths that a stage copies from the build's context."""
    copies = [one.value.split() for one in stage.instructions if one.name == "COPY" and "--from=" not in one.value]
    return [path for words in copies for path in words[:-1] if not path.startswith("--")]


def is_sent(path: str, ignore: str) -> bool:
    """Say whether the rules of a .dockerignore let a path into the context; the last rule that matches counts."""
    sent = True
    for rule in (line.strip() for line in ignore.splitlines()):
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!").strip("/")
        above = [path, *(str(parent) for parent in Path(path).parents)]
        if any(fnmatch.fnmatch(one, pattern) for one in above if one != "."):
            sent = rule.startswith("!")
    return sent


def faults(text: str, context: Path) -> list[str]:
    """Return what is wrong, one sentence each; none is the wanted answer."""
    stages = parse(text)
    return [f"{rule.__doc__} ({fault})" for rule in RULES for fault in rule(stages, context)]


def _pinned(stages: list[Stage], context: Path) -> Iterator[str]:
    """an image is named with a version"""
    del context
    earlier: set[str] = set()
    for stage in stages:
        if stage.image not in earlier and not PINNED.search(stage.image):
            yield stage.image
        earlier.add(stage.name)


def _small(stages: list[Stage], context: Path) -> Iterator[str]:
    """the last stage installs nothing: it copies what an earlier one has built"""
    del context
    for one in stages[-1].instructions:
        if one.name == "RUN" and re.search(r"\b(pip|apt-get|apk)\b", one.value):
            yield f"line {one.line}"


def _no_root(stages: list[Stage], context: Path) -> Iterator[str]:
    """the program does not run as root"""
    del context
    user = stages[-1].last("USER")
    if user is None or user.value.split(":")[0] in ("root", "0"):
        yield "no USER"


def _exec_form(stages: list[Stage], context: Path) -> Iterator[str]:
    """what runs is in exec form, so that signals reach it and no shell stands between"""
    del context
    for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        one = stages[-1].last(name)
        if one is None or one.words is None:
            yield name


def _absolute(stages: list[Stage], context: Path) -> Iterator[str]:
    """WORKDIR is absolute"""
    del context
    for one in (one for stage in stages for one in stage.instructions):
        if one.name == "WORKDIR" and not one.value.startswith("/"):
            yield f"line {one.line}"


def _no_volume(stages: list[Stage], context: Path) -> Iterator[str]:
    """no VOLUME: Railway refuses it"""
    del context
    yield from (f"line {one.line}" for stage in stages for one in stage.instructions if one.name == "VOLUME")


def _no_add(stages: list[Stage], context: Path) -> Iterator[str]:
    """COPY, never ADD, which unpacks and downloads"""
    del context
    yield from (f"line {one.line}" for stage in stages for one in stage.instructions if one.name == "ADD")


def _no_pip_cache(stages: list[Stage], context: Path) -> Iterator[str]:
    """pip leaves no cache in a layer"""
    del context
    for one in (one for stage in stages for one in stage.instructions if one.name == "RUN"):
        if one.value.count("pip install") != one.value.count("pip install --no-cache-dir"):
            yield f"line {one.line}"


def _no_secret(stages: list[Stage], context: Path) -> Iterator[str]:
    """no secret is baked in"""
    del context
    for one in (one for stage in stages for one in stage.instructions if one.name in ("ENV", "ARG")):
        if SECRET.search(one.value):
            yield f"line {one.line}"


def _copies_exist(stages: list[Stage], context: Path) -> Iterator[str]:
    """what is copied exists and is not ignored"""
    ignore = (context / ".dockerignore").read_text("utf-8")
    for path in (path for stage in stages for path in sources(stage)):
        if not (context / path).exists() or not is_sent(path, ignore):
            yield path


RULES: tuple[Callable[[list[Stage], Path], Iterator[str]], ...] = (
    *(_pinned, _small, _no_root, _exec_form, _absolute, _no_volume, _no_add, _no_pip_cache, _no_secret, _copies_exist),
)
