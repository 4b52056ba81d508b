"""Bring new text and the project as it stands together, without losing a line that a person wrote."""

from .lock import Lock, read_lock
from .project import Result, reconcile
from .report import Report

__all__ = ["Lock", "Report", "Result", "read_lock", "reconcile"]
