"""How a file names the modules of its project: by dots from where it stands, or in full."""

from typing import NamedTuple


class Spelling(NamedTuple):
    """One file, and what its project's package is called."""

    path: str
    packages: tuple[str, ...]
    """The name of the package, and others that it had."""

    def key(self, written: str) -> str | None:
        """A module as the table has it; ``written`` as the file has it. None for one of somebody else's."""
        module = self._absolute(written)
        root, dot, rest = module.partition(".")
        if root in self.packages:
            return dot + rest
        return module if root == "tests" else None

    def written(self, key: str, relative: bool) -> str:
        """A module of the table as this file writes it, ``relative`` where it can be."""
        module = f"{self.packages[0]}{key}" if key.startswith(".") else key
        parts, folders = module.split("."), self._folders()
        if not relative or parts[0] != folders[0]:
            return module
        common = 0
        while common < min(len(parts), len(folders)) and parts[common] == folders[common]:
            common += 1
        return "." * (len(folders) - common + 1) + ".".join(parts[common:])

    def own_key(self) -> str | None:
        """The module that the file itself is."""
        parts = [*self._folders(), self.path.rpartition("/")[2].removesuffix(".py")]
        return self.key(".".join(part for part in parts if part != "__init__"))

    def _absolute(self, written: str) -> str:
        name = written.lstrip(".")
        dots = len(written) - len(name)
        folders = self._folders()
        return ".".join([*(folders[: len(folders) - dots + 1] if dots else ()), *([name] if name else [])])

    def _folders(self) -> list[str]:
        """The packages around the module of the file, from the outermost on."""
        folders = self.path.removeprefix("src/").split("/")[:-1]
        if folders and self.path.startswith("src/") and folders[0] in self.packages:
            folders[0] = self.packages[0]
        return folders
