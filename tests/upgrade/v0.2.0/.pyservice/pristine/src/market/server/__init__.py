"""The server around the handlers: start and stop, wiring, health, reflection."""
