"""Tests of the runtime, with a service that is in no proto."""
