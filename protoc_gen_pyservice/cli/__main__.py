"""`python -m protoc_gen_pyservice.cli`, for whoever has the package but not its script."""

from . import main

main(prog_name="pyservice")
