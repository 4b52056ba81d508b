"""The git repository of a new project."""

import os
import shutil
import subprocess

from .. import __version__


def begin(root: str) -> str:
    """Create a repository with a first commit; returns a note for the user, or nothing."""
    git = shutil.which("git")
    if git is None:
        return "no repository was created, because git is not installed"
    if _git(root, "rev-parse", "--is-inside-work-tree").stdout.strip() == "true":
        return "no repository was created, because the folder is inside one: commit it there"
    for command in (["init", "--quiet"], ["add", "--all"]):
        done = _git(root, *command)
        if done.returncode:
            return f"no repository was created: git {command[0]} failed: {_last(done.stderr)}"
    done = _git(root, "commit", "--quiet", "--message", f"Generate with protoc-gen-pyservice {__version__}")
    if done.returncode == 0:
        return ""
    if not _git(root, "config", "user.email").stdout.strip():
        return "no first commit was made: set git's user.name and user.email, then commit"
    return f"no first commit was made: git commit failed: {_last(done.stderr)}"


def _git(root: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # If copier runs below a git command, these variables name another repository.
    env = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    return subprocess.run(["git", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False)


def _last(output: str) -> str:
    return (output.strip().splitlines() or ["nothing"])[-1]
