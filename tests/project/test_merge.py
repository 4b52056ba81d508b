"""The three-way merge: what the generator changed joins what the user wrote."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protoc_gen_pyservice.reconcile.merge import BASE, MIDDLE, THEIRS, YOURS, both_sides, has_markers, merge

NAMES = (b"one", b"two", b"three", b"four", b"five", b"six")


def lines(*words: bytes, end: bytes = b"\n") -> bytes:
    return b"".join(word + end for word in words)


BASE_TEXT = lines(*NAMES)
MINE = BASE_TEXT.replace(b"two", b"TWO")
NEW = BASE_TEXT.replace(b"five", b"FIVE")
BOTH = lines(b"one", b"TWO", b"three", b"four", b"FIVE", b"six")


def clean(base: bytes, yours: bytes, theirs: bytes) -> bytes:
    merged = merge(base, yours, theirs)
    assert merged.conflicts == 0, merged.content
    return merged.content


def test_both_changes_are_taken() -> None:
    """An edit in one place and new text in another are both in the result."""
    assert clean(BASE_TEXT, MINE, NEW) == BOTH


def test_new_lines_are_put_where_they_belong() -> None:
    """Lines that each side adds in another place are both there, in order."""
    yours, theirs = BASE_TEXT.replace(b"two\n", b"two\nmine\n"), BASE_TEXT.replace(b"five\n", b"five\nnew\n")
    assert clean(BASE_TEXT, yours, theirs) == lines(b"one", b"two", b"mine", *NAMES[2:5], b"new", b"six")


def test_lines_that_the_generator_dropped_go() -> None:
    """An unedited line is removed with the new text; edits elsewhere stay."""
    assert clean(BASE_TEXT, MINE, lines(*NAMES[:4], b"six")) == lines(b"one", b"TWO", b"three", b"four", b"six")


def test_crlf_stays() -> None:
    """In a file with CRLF the new lines get CRLF too."""
    crlf = MINE.replace(b"\n", b"\r\n")
    assert clean(BASE_TEXT, crlf, NEW) == BOTH.replace(b"\n", b"\r\n")


def test_old_mac_line_ends_stay() -> None:
    """A file with carriage returns alone keeps them."""
    assert clean(BASE_TEXT, MINE.replace(b"\n", b"\r"), NEW) == BOTH.replace(b"\n", b"\r")


def test_mixed_endings_stay() -> None:
    """Each old line keeps its own ending; a new one gets that of most lines."""
    mixed = b"one\r\nTWO\r\nthree\nfour\r\nfive\nsix\r\n"
    assert clean(BASE_TEXT, mixed, NEW) == b"one\r\nTWO\r\nthree\nfour\r\nFIVE\r\nsix\r\n"


def test_other_endings_alone_are_no_edit_that_collides() -> None:
    """A file that an editor converted takes new text everywhere."""
    assert clean(BASE_TEXT, BASE_TEXT.replace(b"\n", b"\r\n"), BOTH) == BOTH.replace(b"\n", b"\r\n")


def test_crlf_of_the_new_text_is_not_taken_over() -> None:
    """The generator's endings never change those of the file."""
    assert clean(BASE_TEXT, MINE, NEW.replace(b"\n", b"\r\n")) == BOTH


def test_byte_order_mark_stays() -> None:
    """A byte-order mark of the user's stays in front, and the first line is still that line."""
    assert clean(BASE_TEXT, b"\xef\xbb\xbf" + MINE, NEW) == b"\xef\xbb\xbf" + BOTH


def test_removed_byte_order_mark_stays_removed() -> None:
    """A byte-order mark that the user took out does not come back, and does not collide."""
    bom = b"\xef\xbb\xbf"
    assert clean(bom + BASE_TEXT, MINE, bom + NEW) == BOTH
    yours = BASE_TEXT.replace(b"three", b"THREE")
    assert clean(bom + BASE_TEXT, yours, bom + BASE_TEXT.replace(b"one", b"ONE")) == yours.replace(b"one", b"ONE")


def test_missing_final_newline_stays_missing() -> None:
    """A file that does not end in a newline still does not."""
    assert clean(BASE_TEXT, MINE[:-1], NEW) == BOTH[:-1]


def test_missing_final_newline_is_no_edit_of_the_last_line() -> None:
    """New text takes the place of a last line that only lost its newline."""
    theirs = BASE_TEXT.replace(b"six", b"SIX")
    assert clean(BASE_TEXT, BASE_TEXT[:-1], theirs) == theirs[:-1]


def test_text_behind_a_missing_final_newline() -> None:
    """What is added at the end begins on a line of its own."""
    assert clean(BASE_TEXT, MINE[:-1], BASE_TEXT + b"seven\n") == MINE + b"seven"


def test_final_newline_stays() -> None:
    """New text without a final newline does not take the user's away."""
    assert clean(BASE_TEXT[:-1], MINE, NEW[:-1]) == BOTH


def test_latin1_bytes_stay() -> None:
    """Bytes that are not UTF-8 pass through, in edits and beside them."""
    yours = BASE_TEXT.replace(b"four", b"\xfcber vier \xe4")
    assert clean(BASE_TEXT, yours, lines(b"ONE", *NAMES[1:])) == b"ONE" + yours[3:]


def test_form_feeds_do_not_end_lines() -> None:
    """Only newlines and carriage returns end lines; other control characters are text."""
    yours = BASE_TEXT.replace(b"four", b"f\x0cou\x0b\x1cr\x85")
    assert clean(BASE_TEXT, yours, lines(b"ONE", *NAMES[1:])) == b"ONE" + yours[3:]


def test_conflict_has_diff3_markers() -> None:
    """If both changed a line, all three versions are between standard markers."""
    yours, theirs = BASE_TEXT.replace(b"three", b"mine"), BASE_TEXT.replace(b"three", b"new")
    marked = [YOURS, b"mine", BASE, b"three", MIDDLE, b"new", THEIRS]
    merged = merge(BASE_TEXT, yours, theirs)
    assert merged.conflicts == 1
    assert merged.content == lines(b"one", b"two", *marked, b"four", b"five", b"six")


def test_markers_are_those_that_tools_know() -> None:
    """Editors and git find conflicts by seven characters at the beginning of a line."""
    assert [marker[:8] for marker in (YOURS, BASE, MIDDLE, THEIRS)] == [
        b"<<<<<<< ",
        b"||||||| ",
        b"=======",
        b">>>>>>> ",
    ]


def test_each_conflict_counts() -> None:
    """Two places that collide are two conflicts, and what is between them is merged."""
    yours = lines(b"1a", *NAMES[1:5], b"6a")
    theirs = lines(b"1b", *NAMES[1:5], b"6b")
    merged = merge(BASE_TEXT, yours, theirs)
    assert merged.conflicts == 2
    assert merged.content.count(lines(*NAMES[1:5])) == 1


def test_markers_have_the_endings_of_the_file() -> None:
    """In a file with CRLF the markers end in CRLF."""
    yours = BASE_TEXT.replace(b"three", b"mine").replace(b"\n", b"\r\n")
    merged = merge(BASE_TEXT, yours, BASE_TEXT.replace(b"three", b"new"))
    assert merged.content.count(b"\n") == merged.content.count(b"\r\n")


def test_conflict_in_a_last_line_without_newline() -> None:
    """Each marker is on a line of its own, also after a line that has no end."""
    merged = merge(b"a\nb", b"a\nmine", b"a\nnew")
    assert merged.content == lines(b"a", YOURS, b"mine", BASE, b"b", MIDDLE, b"new", THEIRS)


def test_edit_of_a_dropped_line_is_a_conflict() -> None:
    """An edited line that the new text does not have any more is kept, between markers."""
    merged = merge(BASE_TEXT, MINE, lines(b"one", *NAMES[2:]))
    assert merged.conflicts == 1
    assert lines(YOURS, b"TWO", BASE, b"two", MIDDLE, THEIRS) in merged.content


def test_removed_line_that_the_generator_changed_is_a_conflict() -> None:
    """New text for a line that the user took out is shown, not slipped in."""
    merged = merge(BASE_TEXT, lines(b"one", *NAMES[2:]), MINE)
    assert merged.conflicts == 1
    assert lines(YOURS, BASE, b"two", MIDDLE, b"TWO", THEIRS) in merged.content


def test_both_deleted() -> None:
    """Lines that both sides removed are removed, without a conflict."""
    shorter = lines(*NAMES[:2], *NAMES[3:])
    assert clean(BASE_TEXT, shorter, shorter) == shorter


def test_identical_change() -> None:
    """The same edit on both sides is one edit."""
    assert clean(BASE_TEXT, MINE, BOTH) == BOTH
    assert clean(BASE_TEXT, BOTH, BOTH) == BOTH


def test_adjacent_edits_collide() -> None:
    """Edits of lines next to each other are shown to the user, as git does."""
    merged = merge(BASE_TEXT, MINE, BASE_TEXT.replace(b"three", b"THREE"))
    assert merged.conflicts == 1
    assert lines(YOURS, b"TWO", b"three", BASE, b"two", b"three", MIDDLE, b"two", b"THREE", THEIRS) in merged.content


def test_edits_with_a_line_between_do_not_collide() -> None:
    """One unedited line keeps two edits apart."""
    assert clean(BASE_TEXT, MINE, BASE_TEXT.replace(b"four", b"FOUR")) == MINE.replace(b"four", b"FOUR")


@pytest.mark.parametrize(
    ("base", "yours", "theirs", "result"),
    [
        (b"", b"", b"", b""),
        (b"", b"", b"new\n", b"new\n"),
        (b"", b"mine\n", b"", b"mine\n"),
        (b"a\n", b"", b"a\n", b""),
        (b"a\n", b"a\n", b"", b""),
        (b"a\n", b"", b"", b""),
        (b"", b"same\n", b"same\n", b"same\n"),
        (b"", b"\n", b"", b"\n"),
    ],
)
def test_empty_files(base: bytes, yours: bytes, theirs: bytes, result: bytes) -> None:
    """Empty is a text like any other."""
    assert clean(base, yours, theirs) == result


def test_two_texts_for_an_empty_file_collide() -> None:
    """A file that both filled holds both."""
    merged = merge(b"", b"mine\n", b"new\n")
    assert (merged.conflicts, merged.content) == (1, lines(YOURS, b"mine", BASE, MIDDLE, b"new", THEIRS))


def test_markers_are_found() -> None:
    """A text with a conflict is known by its markers, whatever its line ends; a heading is none."""
    marked = merge(b"a\n", b"b\n", b"c\n").content
    assert has_markers(marked)
    assert has_markers(marked.replace(b"\n", b"\r\n"))
    assert not has_markers(b"Title\n=======\n>>>>>>> quoted\n")
    assert not has_markers(b"")


# ------------------------------------------------------------------------------------------ for any text

_WORDS = st.sampled_from([b"a", b"b", b"c", b"  d", b"", b"\xff", b"e\x0c"])
_TEXT = st.builds(
    lambda words, ends, is_open: (
        b"".join(
            word + end for word, end in zip(words, [*ends[: len(words) - 1], b"" if is_open else b"\n"], strict=True)
        )
        if words
        else b""
    ),
    st.lists(_WORDS, max_size=12),
    st.lists(st.sampled_from([b"\n", b"\r\n"]), min_size=12, max_size=12),
    st.booleans(),
)
_PLAIN = st.lists(_WORDS, max_size=12).map(lambda words: b"".join(word + b"\n" for word in words))


def bare(content: bytes) -> list[bytes]:
    return [line.rstrip(b"\r\n") for line in content.splitlines(keepends=True)]


def in_order(wanted: list[bytes], there: list[bytes]) -> bool:
    rest = iter(there)
    return all(line in rest for line in wanted)


@settings(max_examples=400, deadline=None)
@given(base=_TEXT, yours=_TEXT, theirs=_TEXT)
def test_no_line_of_yours_is_lost(base: bytes, yours: bytes, theirs: bytes) -> None:
    """Every line that the user added is in the result, in order and as often as it was added."""
    result, old, mine = bare(merge(base, yours, theirs).content), bare(base), bare(yours)
    assert in_order([line for line in mine if line not in old], result)
    added = Counter(line for line in mine if line.strip()) - Counter(old)
    assert not added - Counter(result)


@settings(max_examples=200, deadline=None)
@given(base=_TEXT, yours=_TEXT)
def test_nothing_new_changes_nothing(base: bytes, yours: bytes) -> None:
    """Without new text the result is the user's file, byte for byte."""
    assert merge(base, yours, base) == (yours, 0)


@settings(max_examples=200, deadline=None)
@given(base=_PLAIN, theirs=_PLAIN)
def test_untouched_files_become_the_new_text(base: bytes, theirs: bytes) -> None:
    """Where the user changed nothing the result is the new text."""
    assert merge(base, base, theirs) == (theirs, 0)


@settings(max_examples=200, deadline=None)
@given(base=_TEXT, yours=_TEXT)
def test_agreement_is_no_conflict(base: bytes, yours: bytes) -> None:
    """Where the user already has the new text, it stays byte for byte."""
    assert merge(base, yours, yours) == (yours, 0)


@settings(max_examples=200, deadline=None)
@given(base=_PLAIN, yours=_PLAIN, theirs=_PLAIN)
def test_conflicts_are_marked(base: bytes, yours: bytes, theirs: bytes) -> None:
    """There are as many markers as conflicts, and none without one."""
    merged = merge(base, yours, theirs)
    found = bare(merged.content)
    assert [found.count(marker) for marker in (YOURS, BASE, MIDDLE, THEIRS)] == [merged.conflicts] * 4
    assert has_markers(merged.content) == bool(merged.conflicts)


@settings(max_examples=200, deadline=None)
@given(base=_PLAIN, yours=_PLAIN, theirs=_PLAIN)
def test_line_ends_do_not_decide(base: bytes, yours: bytes, theirs: bytes) -> None:
    """A file with CRLF is merged exactly as the same one with newlines."""
    crlf = merge(base, yours.replace(b"\n", b"\r\n"), theirs)
    assert crlf.content.replace(b"\r\n", b"\n") == merge(base, yours, theirs).content
    assert b"\r\n" not in yours or crlf.content.count(b"\n") == crlf.content.count(b"\r\n")


def test_both_sides_of_conflicts() -> None:
    """Ours and git's conflicts can be read as both texts one after the other; other text stays as it is."""
    git = b"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> branch\nd"
    assert both_sides(git) == b"a\nb\nc\nd"
    assert both_sides(git.replace(b"=======", b"||||||| 1234\nold\n=======")) == b"a\nb\nc\nd"
    assert both_sides(git.replace(b"\n", b"\r\n")) == b"a\r\nb\r\nc\r\nd"
    plain = b"Title\n=======\ntext\x0c\r\n"
    assert both_sides(plain) == plain
    assert both_sides(plain + git) == plain + b"a\nb\nc\nd"
