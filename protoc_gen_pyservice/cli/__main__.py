"""`python -m protoc_gen_pyservice.cli`: the command where its script is not on PATH."""

from . import main

main(prog_name="pyservice")
