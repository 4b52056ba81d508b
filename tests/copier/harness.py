"""New projects, made as people make them, and a repository to make them from."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.command import Finished, run, scripts

ROOT = Path(__file__).resolve().parents[2]

GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.com",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.com",
    "GIT_CEILING_DIRECTORIES": "/",
}
"""A git without the configuration of the user who runs these tests."""


def new(folder: Path, *arguments: str, expect: int = 0, env: Mapping[str, str] = GIT) -> Finished:
    """Run `pyservice new` in a folder. Raises AssertionError for another exit code than expected."""
    done = run([scripts() / "pyservice", "new", *arguments], folder, env)
    assert done.returncode == expect, done.said
    return done


def copier(folder: Path, *arguments: str | Path, expect: int = 0) -> Finished:
    """Run copier in a folder. Raises AssertionError for another exit code than expected."""
    done = run([scripts() / "copier", *arguments], folder, GIT)
    assert done.returncode == expect, done.said
    return done


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; what it printed."""
    done = run(["git", *arguments], folder, GIT)
    assert done.returncode == 0, done.said
    return done.stdout


def repository(folder: Path) -> Path:
    """What the template and its generator are made of, in a repository with a version of its own."""
    bytecode = shutil.ignore_patterns("__pycache__", ".*_cache")
    for part in ("protoc_gen_pyservice", "templates", "examples/orderbook"):
        shutil.copytree(ROOT / part, folder / part, ignore=bytecode)
    for part in ("copier.yml", "pyproject.toml"):
        shutil.copy(ROOT / part, folder / part)
    (folder / ".gitignore").write_text("__pycache__/\n_compiled.py\n")
    git(folder, "init", "--quiet")
    release(folder, "v1.0.0")
    return folder


def release(folder: Path, version: str) -> None:
    """Commit everything and give it a version."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", version)
    git(folder, "tag", version)


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, which has to have it."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {os.fspath(file)}"
    file.write_text(text.replace(old, new), encoding="utf-8")
