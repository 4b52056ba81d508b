"""The file set of the image, made by the steps of the Dockerfile without a container engine, and run like one."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.command import environment

USER = 10001

_ROOT = """
mount -t tmpfs -o mode=755 root "$R"
for folder in $FOLDERS; do mkdir -p "$R$folder"; mount --bind "$folder" "$R$folder"; mount -o remount,bind,ro "$R$folder"; done
for link in bin lib lib64; do if [ -L /$link ]; then ln -s "$(readlink /$link)" "$R/$link"; fi; done
mkdir "$R/app" "$R/proc" "$R/dev" "$R/tmp"
touch "$R/dev/null" "$R/dev/urandom"
mount --bind "$APP" "$R/app"
mount -o remount,bind,ro "$R/app"
mount -t proc proc "$R/proc"
mount --bind /dev/null "$R/dev/null"
mount --bind /dev/urandom "$R/dev/urandom"
mount -t tmpfs -o mode=1777,size=64m tmp "$R/tmp"
mount -o remount,ro "$R"
exec chroot "$R" setpriv --reuid=$USER --regid=$USER --clear-groups --no-new-privs --bounding-set=-all "$@"
"""


@dataclass
class Stage:
    """What a Dockerfile says between one FROM and the next."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> Iterator[str]:
        """Return the arguments of each instruction of a kind."""
        return (text for name, text in self.steps if name == instruction)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it sets."""
        pairs = (pair.partition("=") for text in self.all("ENV") for pair in shlex.split(text))
        return {name: _here(value) for name, _, value in pairs}


def stages(dockerfile: str) -> list[Stage]:
    """Read a Dockerfile."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        instruction, _, text = line.partition(" ")
        if instruction == "FROM":
            found.append(Stage(text.partition(" AS ")[2]))
        elif instruction:
            found[-1].steps.append((instruction, text))
    return found


def build(project: Path, folder: Path) -> Path:
    """Run the steps of the stage ``build`` in a folder; returns what the last stage copies to /app."""
    *_, stage, last = stages((project / "Dockerfile").read_text(encoding="utf-8"))
    assert stage.name == "build"
    folder.mkdir()
    env = {**environment(stage.environment), **_index()}
    for instruction, text in stage.steps:
        if instruction == "COPY" and not text.startswith("--from"):
            _copy(project, folder, text.split())
        elif instruction == "RUN":
            command = re.sub(r"--mount=\S+\s*", "", text)
            done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
    (copied,) = last.all("COPY")
    source, target = copied.split()[1:]
    assert target == "/app"
    return folder / _here(source).removeprefix("/build/")


def command(project: Path) -> list[str]:
    """How the image starts."""
    last = stages((project / "Dockerfile").read_text(encoding="utf-8"))[-1]
    (entry,) = last.all("ENTRYPOINT")
    (user,) = last.all("USER")
    assert user == f"{USER}:{USER}"
    return [_here(word) for word in json.loads(entry)]


def start(app: Path, project: Path, arguments: list[str], settings: Mapping[str, str]) -> "subprocess.Popen[str]":
    """Start a process with the files of the image, unprivileged, with only /tmp writable."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("taking the place of a container engine needs root and mount namespaces")
    root = app.parent / "root"
    root.mkdir(exist_ok=True)
    last = stages((project / "Dockerfile").read_text(encoding="utf-8"))[-1]
    folders = ["/usr", *(path for path in ("/bin", "/lib", "/lib64") if not Path(path).is_symlink())]
    if not sys.base_prefix.startswith("/usr/"):
        folders.append(sys.base_prefix)
    variables = [f"{name}={value}" for name, value in {**last.environment, **settings}.items()]
    return subprocess.Popen(
        [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-euc",
            _ROOT,
            "sh",
            "env",
            "-i",
            *variables,
            *arguments,
        ],
        env={**os.environ, "R": str(root), "APP": str(app), "FOLDERS": " ".join(folders), "USER": str(USER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _copy(project: Path, folder: Path, words: list[str]) -> None:
    *sources, target = words
    for pattern in sources:
        for path in project.glob(pattern):
            if path.is_dir():
                shutil.copytree(path, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, folder / target)


def _here(text: str) -> str:
    """The same with the Python of this machine in place of the image's."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = f"{sys.base_prefix}/bin/{version}"
    for path in ("/usr/local/bin/python3.13", "/usr/bin/python3.13"):
        text = text.replace(path, python)
    return text.replace("/python3.13/", f"/{version}/")


def _index() -> dict[str, str]:
    """Where pip finds packages on this machine, for uv."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    return {"UV_DEFAULT_INDEX": done.stdout.strip()} if done.returncode == 0 else {}
