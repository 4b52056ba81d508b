"""The generated client against real servers, with faults between them."""
