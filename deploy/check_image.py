"""Build and run the image of the Dockerfile without a container engine, and measure it.

    sudo python3.13 -m deploy.check_image            # everything, about two minutes
    python3 -m deploy.check_image --lint             # the Dockerfile alone, anywhere

It runs the Dockerfile's own COPY, RUN, ENV, USER, HEALTHCHECK, ENTRYPOINT and CMD in a root file system of its own: a
minimal Debian made by mmdebstrap, with this machine's CPython of the image's version in /usr/local, in name spaces for
mounts and processes, where the program is process 1 as in a container. It needs Linux, root, mmdebstrap and unshare.

Not the real thing, and so not shown: the base image itself, layers and their sizes, the limits and the network of a
container engine (the program shares this machine's network here), and the build on Railway.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from deploy import dockerfile

ROOT = Path(__file__).resolve().parent.parent
# What the CPython of this machine links to; the base image has them too.
LIBRARIES = (
    "ca-certificates,libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,zlib1g,libreadline8,libncursesw6,libuuid1,"
    "netbase,tzdata"
)
IMAGE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
WANTED = {"ready_s": 5.0, "peak_memory_mb": 512, "sigterm_to_end_s": 5.0, "healthcheck": 0}


def main() -> None:
    """Lint, and unless told otherwise build, run and measure."""
    parser = argparse.ArgumentParser(description="Check the image without a container engine.")
    parser.add_argument("--lint", action="store_true", help="only read the files")
    parser.add_argument(
        "--work-s", type=float, default=30.0, help="seconds that each start works before it is measured"
    )
    parser.add_argument("--keep", type=Path, help="folder for the root file systems, kept for the next run")
    parser.add_argument("arguments", nargs="*", help="further arguments of the image's command, after `--`")
    options = parser.parse_args()
    text = (ROOT / "Dockerfile").read_text("utf-8")
    if found := dockerfile.faults(text, ROOT):
        sys.exit("\n".join(found))
    print(f"Dockerfile: {len(dockerfile.RULES)} rules hold")
    if options.lint:
        return
    with tempfile.TemporaryDirectory() as own:
        folder = options.keep or Path(own)
        folder.mkdir(parents=True, exist_ok=True)
        image = build(dockerfile.parse(text), folder)
        run(image, options.arguments, options.work_s)


class Image:
    """A root file system and what a container started from it would be told."""

    def __init__(self, root: Path, stage: dockerfile.Stage) -> None:
        self.root, self._stage = root, stage
        self.environment = dockerfile.environment(stage, IMAGE_ENVIRONMENT)
        self.folder = "/"
        self.user = "root"

    @property
    def words(self) -> list[str]:
        """ENTRYPOINT."""
        return self._exec("ENTRYPOINT")

    @property
    def command(self) -> list[str]:
        """CMD."""
        return self._exec("CMD")

    @property
    def probe(self) -> list[str]:
        """HEALTHCHECK."""
        return self._exec("HEALTHCHECK")

    def _exec(self, name: str) -> list[str]:
        found = self._stage.last(name)
        assert found is not None
        assert found.words is not None
        return found.words

    def inside(self, words: list[str], variables: Mapping[str, str] = {}) -> list[str]:  # read only
        """Return the command that runs words as the image's user in its root, as process 1 of a name space."""
        uid = "0:0" if self.user == "root" else ":".join(_ids(self.root, self.user))
        settings = [f"{name}={value}" for name, value in {**self.environment, **variables}.items()]
        mounts = f"mount -t proc proc {self.root}/proc && mount --rbind /dev {self.root}/dev"
        leave = f'cd "{self.root}" && exec chroot --userspec={uid} . /usr/bin/env -i -C "$@"'
        shell = ["/bin/sh", "-c", f"{mounts} && {leave}", "sh", self.folder, *settings]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", *shell, *words]


def _ids(root: Path, user: str) -> list[str]:
    entries = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    return next(entry[2:4] for entry in entries if user in (entry[0], entry[2]))


def build(stages: list[dockerfile.Stage], folder: Path) -> Image:
    """Run every stage's steps; return the last one as an image."""
    version = stages[-1].image.partition(":")[2].partition("-")[0]
    base, roots = _base(folder, stages[-1].image.rpartition("-")[2], version), dict[str, Path]()
    image: Image | None = None
    for stage in stages:
        root = roots[stage.name] = folder / f"stage-{stage.name}"
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "--archive", base, root], check=True)
        image = Image(root, stage)
        for step in stage.instructions:
            _step(image, step, roots)
    assert image is not None
    size = sum(path.lstat().st_size for path in image.root.rglob("*")) - sum(p.lstat().st_size for p in base.rglob("*"))
    print(f"built: {size / 1e6:.0f} MB over the base image, unpacked")
    return image


def _base(folder: Path, suite: str, version: str) -> Path:
    """Return a minimal Debian with CPython in /usr/local."""
    whole = folder / f"base-{suite}-{version}"
    if whole.is_dir():
        return whole
    base = folder / "base-begun"
    shutil.rmtree(base, ignore_errors=True)
    if version != "{}.{}".format(*sys.version_info):
        sys.exit(f"the image has Python {version}: run this with python{version}")
    print(f"base: Debian {suite} by mmdebstrap, CPython {version} of this machine", flush=True)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={LIBRARIES}", suite, str(base)]
    subprocess.run(command, check=True)
    shutil.copytree(
        sys.base_prefix, base / "usr/local", symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("test")
    )
    subprocess.run(["chroot", base, "ldconfig"], check=True)
    for path in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt"):
        if Path("/", path).is_file():  # how this machine reaches its package index; no part of the image
            shutil.copyfile(Path("/", path), base / path)
    return base.rename(whole)


def _step(image: Image, step: dockerfile.Instruction, roots: Mapping[str, Path]) -> None:
    match step.name:
        case "COPY":
            _copy(image.root, step.value.split(), roots)
        case "RUN":
            print(f"line {step.line}: RUN as {image.user}", flush=True)
            done = subprocess.run(
                image.inside(["/bin/sh", "-c", step.value]), check=False, capture_output=True, stdin=subprocess.DEVNULL
            )
            if done.returncode:
                sys.exit(f"{(done.stdout + done.stderr).decode()}\nstatus {done.returncode}")
        case "WORKDIR":
            image.folder = step.value
            (image.root / step.value.strip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            image.user = step.value


def _copy(root: Path, words: list[str], roots: Mapping[str, Path]) -> None:
    options, (*paths, target) = [w for w in words if w.startswith("--")], [w for w in words if not w.startswith("--")]
    origin = next((roots[o.partition("=")[2]] for o in options if o.startswith("--from=")), ROOT)
    for path in paths:
        source, place = origin / path.strip("/"), root / target.strip("/")
        if source.is_dir():
            shutil.copytree(
                source, place, symlinks=True, ignore=shutil.ignore_patterns("__pycache__") if origin == ROOT else None
            )
        else:
            place = place / source.name if target.endswith("/") else place
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)


def run(image: Image, arguments: list[str], work_s: float) -> None:
    """Start a venue from the image, and the program twice in front of it: with an empty volume, and after a stop."""
    log = image.root.parent / "log"
    venue = subprocess.Popen(
        image.inside([*image.words, "emulator"]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert venue.stdout is not None
        address = json.loads(venue.stdout.readline())
        where = ["--rest-url", address["rest_url"], "--ws-url", address["ws_url"]]
        starts = [_start(image, [*image.command, *where, *arguments], log, work_s) for _ in ("cold", "warm")]
    finally:
        _end(venue)
    kept = sorted(str(path.relative_to(image.root)) for path in (image.root / "data").rglob("*") if path.is_file())
    print(json.dumps({"cold": starts[0], "warm": starts[1], "kept_in_data": kept}, indent=2))
    if wrong := [*_judged("cold", starts[0]), *_judged("warm", starts[1]), *([] if kept else ["/data is empty"])]:
        sys.exit("\n".join(wrong))


def _start(image: Image, command: list[str], log: Path, work_s: float) -> dict[str, float]:
    """Start it, wait until it is ready, let it work, probe, stop; return the figures."""
    variables = {"PORT": str(_free_port())}
    begun = time.monotonic()
    with log.open("a") as out:
        inside = image.inside([*image.words, *command], variables)
        started = subprocess.Popen(inside, stdout=out, stderr=subprocess.STDOUT)
    try:
        ready_s = _until_ready(started, f"http://127.0.0.1:{variables['PORT']}", begun, log)
        [program] = _children(started.pid)
        cpu_s = _cpu_s(program)
        time.sleep(work_s)
        cpu_share = (_cpu_s(program) - cpu_s) / work_s
        health = subprocess.run(image.inside(image.probe, variables), check=False).returncode
        peak_mb = _peak_mb(program)
        begun = time.monotonic()
        os.kill(program, signal.SIGTERM)
        status = started.wait(timeout=30)
        stop_s = time.monotonic() - begun
    finally:
        _end(started)
    figures = {"ready_s": ready_s, "peak_memory_mb": peak_mb, "cpu_share": cpu_share, "sigterm_to_end_s": stop_s}
    return {name: round(figure, 2) for name, figure in figures.items()} | {"healthcheck": health, "status": status}


def _end(started: subprocess.Popen[bytes]) -> None:
    """End what runs as process 1 of a name space; what has changed its user does not end with its parent."""
    with contextlib.suppress(OSError):  # has ended
        for program in _children(started.pid):
            os.kill(program, signal.SIGKILL)
    started.kill()
    started.wait()


def _judged(name: str, figures: Mapping[str, float]) -> list[str]:
    return [
        f"{name}: {what} is {figures[what]}, wanted at most {limit}"
        for what, limit in WANTED.items()
        if figures[what] > limit
    ]


def _until_ready(started: subprocess.Popen[bytes], url: str, begun: float, log: Path) -> float:
    while time.monotonic() - begun < 60:
        if started.poll() is not None:
            sys.exit(f"ended with status {started.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return time.monotonic() - begun
        except OSError:  # nobody listens yet, or it is too busy to answer within the two seconds
            time.sleep(0.02)
    sys.exit(f"not ready within a minute:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
