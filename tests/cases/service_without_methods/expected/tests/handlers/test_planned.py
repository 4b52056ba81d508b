"""Tests of acme.reserved.v1.Planned. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations
