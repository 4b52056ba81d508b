"""The project of a house, started as its owner starts it, and every RPC called."""

import grpc

from tests.regenerate.house import House


def assert_served(house: House) -> None:
    """Every RPC of the contract reaches a method, if nothing stands in the way that its owner put there."""
    del grpc
