"""Tests of acme.someday.v1.Someday. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations
