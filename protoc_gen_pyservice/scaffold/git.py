"""The git repository of a new project."""

import os
import shutil
import subprocess

from .. import __version__


def begin(root: str) -> str:
    """Make a repository with a first commit; what a person should know of it, or nothing."""
    git = shutil.which("git")
    if git is None:
        return "no repository was made, because git is not installed"
    if _git(root, "rev-parse", "--is-inside-work-tree").stdout.strip() == "true":
        return "no repository was made, because the folder is inside of one: commit it there"
    for command in (["init", "--quiet"], ["add", "--all"]):
        done = _git(root, *command)
        if done.returncode:
            return f"no repository was made: git {command[0]} says: {_last(done.stderr)}"
    done = _git(root, "commit", "--quiet", "--message", f"Generate with protoc-gen-pyservice {__version__}")
    if done.returncode == 0:
        return ""
    if not _git(root, "config", "user.email").stdout.strip():
        return "the first commit is yours to make, once git knows your user.name and user.email"
    return f"the first commit is yours to make: git commit says: {_last(done.stderr)}"


def _git(root: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # Called by copier below a git command, these would name another repository than this one.
    env = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    return subprocess.run(["git", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False)


def _last(said: str) -> str:
    return (said.strip().splitlines() or ["nothing"])[-1]
