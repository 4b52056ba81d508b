"""A package like that of a project, where handlers are looked for and `python -m` finds a program."""
