"""The base of a merge: the text that a file was last generated with.

There is one; after a merge of two branches that each generated the file there are two, and the file is git's
merge of both.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import combinations, permutations

from ..inputs.lock import Entry
from ..inputs.objects import Objects, digest
from .merge import Merged, bare_lines, common_base, merge, sides


def read_bases(entry: Entry, new: bytes, objects: Objects) -> dict[str, bytes]:
    """Return the texts by digest, except those of missing or damaged objects."""
    contents = {name: new if digest(new) == name else objects.read(name) for name in entry.digests}
    return {name: content for name, content in contents.items() if content is not None}


def is_unedited(disk: bytes, bases: Mapping[str, bytes]) -> bool:
    """Return whether a file is as generated, or git's merge of its generated texts on two branches."""
    if disk in bases.values():
        return True
    return any(
        all(_is_made_of(bare_lines(side), bare_lines(one), bare_lines(other)) for side in sides(disk))
        for one, other in combinations(bases.values(), 2)
    )


def merge_best(bases: Mapping[str, bytes], disk: bytes, new: bytes) -> Merged:
    """Return the merge with the base that leaves the fewest conflicts and removes the fewest lines of the file."""
    if not bases:
        return merge(common_base(disk, new), disk, new)
    tried = [merge(base, disk, new) for base in _candidates(bases)]
    return min(tried, key=lambda merged: (merged.conflicts, _removed(disk, merged.content)))


def _candidates(bases: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the texts in the order of their digests, then for each two a text with both sides of their differences."""
    texts = [bases[name] for name in sorted(bases)]
    yield from texts
    for one, other in permutations(texts, 2):
        both = (choices[-1] for choices in _choices(bare_lines(one), bare_lines(other)))
        yield b"".join(line + b"\n" for lines in both for line in lines)


def _removed(disk: bytes, merged: bytes) -> int:
    """Return the number of lines of a file that its merge does not have."""
    return (Counter(bare_lines(disk)) - Counter(bare_lines(merged))).total()


def _is_made_of(text: list[bytes], one: list[bytes], other: list[bytes]) -> bool:
    """Return whether a text is a mix of two others: where they differ, it has the lines of one or of both."""
    ends = {0}
    for choices in _choices(one, other):
        ends = {end + len(lines) for end in ends for lines in choices if text[end : end + len(lines)] == lines}
    return len(text) in ends


def _choices(one: list[bytes], other: list[bytes]) -> Iterator[list[list[bytes]]]:
    for kind, start, end, other_start, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        ours, theirs = one[start:end], other[other_start:other_end]
        yield [ours] if kind == "equal" else [ours, theirs, ours + theirs, theirs + ours]
