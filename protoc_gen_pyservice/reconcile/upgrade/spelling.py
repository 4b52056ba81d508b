"""Names of modules in the imports of a file, relative or absolute, and in the table of moved names."""

from typing import NamedTuple


class Spelling(NamedTuple):
    """The path of a file, and the names of its project's package."""

    path: str
    packages: tuple[str, ...]
    """The current name of the package, then former ones."""

    def key(self, written: str) -> str | None:
        """Return the key in the table of a module ``written`` in this file; None for modules of other projects."""
        module = self._absolute(written)
        root, dot, rest = module.partition(".")
        if root in self.packages:
            return dot + rest
        return module if root == "tests" else None

    def written(self, key: str, relative: bool) -> str:
        """Return a module of the table as this file imports it, ``relative`` if possible."""
        module = f"{self.packages[0]}{key}" if key.startswith(".") else key
        parts, folders = module.split("."), self._folders()
        if not relative or parts[0] != folders[0]:
            return module
        common = 0
        while common < min(len(parts), len(folders)) and parts[common] == folders[common]:
            common += 1
        return "." * (len(folders) - common + 1) + ".".join(parts[common:])

    def own_key(self) -> str | None:
        """Return the key of the file's own module; None for a file outside of the project's packages."""
        parts = [*self._folders(), self.path.rpartition("/")[2].removesuffix(".py")]
        return self.key(".".join(part for part in parts if part != "__init__"))

    def _absolute(self, written: str) -> str:
        name = written.lstrip(".")
        dots = len(written) - len(name)
        folders = self._folders()
        return ".".join([*(folders[: len(folders) - dots + 1] if dots else ()), *([name] if name else [])])

    def _folders(self) -> list[str]:
        """Return the packages around the module of the file, outermost first."""
        folders = self.path.removeprefix("src/").split("/")[:-1]
        if folders and self.path.startswith("src/") and folders[0] in self.packages:
            folders[0] = self.packages[0]
        return folders
