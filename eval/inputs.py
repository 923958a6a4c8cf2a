"""What is evaluated: references, systems and sources, read and matched segment by segment.

A file is either plain lines, one segment each, or a bilingual document that
``corpus.formats`` can read, whose segments have ids. Two files that both have ids
are matched by id, otherwise by order. Nothing is left out to make files match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from corpus.bitext import Bead, Bitext, target_document
from corpus.document import Block, BlockKind, Document, Segment, SourceFile, Span, one_line, segment_id
from corpus.errors import FormatError, InputError, SettingsError
from corpus.files import decode_text, read_bytes, sha256_hex
from corpus.formats import format_for, formats
from corpus.formats.tmx import read_pairs

DOCUMENT_SUFFIXES = frozenset({".jsonl", ".tmx", ".tsv", ".xlf", ".xliff"})
"""Files with these suffixes, or of a format that can be read back, are bilingual documents."""


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """The segments of one file, in order.

    ``ids`` and ``sources`` are empty for plain lines, which have neither; else
    there is one a segment. ``sha256`` is of the file's bytes ("" if made in memory).
    """

    path: str
    segments: tuple[str, ...]
    ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sha256: str = ""

    def place(self, index: int) -> str:
        """How to name the segment at ``index`` (from 0) in a message."""
        return f"segment {self.ids[index]}" if self.ids else f"line {index + 1}"


@dataclass(frozen=True, slots=True)
class System:
    """A system under evaluation and its hypotheses, one a segment of the test set."""

    name: str
    file: SegmentFile

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """The hypotheses in the order of the test set."""
        return self.file.segments


@dataclass(frozen=True, slots=True)
class Material:
    """Matched inputs of an evaluation.

    ``ids`` names the segments ("1", "2" ... for plain lines). ``references`` has,
    for every segment, its references that hold text: none only where every
    hypothesis is empty too. ``source`` is empty when it is not known. ``documents``
    names the document of every segment, or is empty.
    """

    ids: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    systems: tuple[System, ...]
    source: tuple[str, ...] = ()
    files: tuple[tuple[str, SegmentFile], ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def reference_count(self) -> int:
        """References a segment, or -1 if that varies (segments without any do not count)."""
        numbers = {len(texts) for texts in self.references if texts}
        return numbers.pop() if len(numbers) == 1 else -1


def read_segments(path: Path) -> SegmentFile:
    """Read a file of lines or a bilingual document (its target side).

    Raises :class:`corpus.errors.TweetaligError` for files that cannot be read, are
    not UTF-8 or empty, and for documents that use one id twice.
    """
    data = read_bytes(path)
    if is_document(path):
        return _document_segments(path, data)
    if _is_unreadable(path):
        remedy = "give a bilingual document (.jsonl, .tmx, ...) or plain lines"
        raise FormatError(f"{path.suffix} files cannot be read back", where=str(path), remedy=remedy)
    return SegmentFile(str(path), _lines(decode_text(data, str(path))), sha256=sha256_hex(data))


def is_document(path: Path) -> bool:
    """Whether a file of this name is a bilingual document; all others are plain lines."""
    suffix = path.suffix.lower()
    return suffix in DOCUMENT_SUFFIXES or any(
        form.read is not None and not form.half and suffix in form.suffixes for form in formats()
    )


def _is_unreadable(path: Path) -> bool:
    """Whether this is of a format that we write but that holds neither lines nor both sides."""
    suffix = path.suffix.lower()
    return any(form.read is None and form.name != "text" and suffix in form.suffixes for form in formats())


def segments_of(bitext: Bitext, path: str, sha256: str = "") -> SegmentFile:
    """The target side of a bilingual document, one segment a bead, with ids and sources."""
    return SegmentFile(
        path=path,
        segments=tuple(bitext.target_text(bead) for bead in bitext.beads),
        ids=tuple(bead.id for bead in bitext.beads),
        sources=tuple(bitext.source_text(bead) for bead in bitext.beads),
        sha256=sha256,
    )


def match(
    references: Sequence[SegmentFile],
    hypotheses: Sequence[SegmentFile],
    *,
    source: SegmentFile | None = None,
    names: Sequence[str] = (),
    documents: SegmentFile | None = None,
    complete: bool = True,
) -> Material:
    """Match files segment by segment to the first reference.

    ``names`` are the systems' names; without them file names serve. ``documents``
    has the name of a document for every segment. Unless ``complete`` a segment may
    have a hypothesis and no reference. Raises
    :class:`InputError` naming the first segment without a partner and for a
    segment that has a hypothesis but no reference, :class:`SettingsError` for
    systems that cannot be told apart.
    """
    if not references or not hypotheses:
        raise SettingsError("nothing to compare", remedy="give at least one reference and one hypothesis")
    first = references[0]
    for file in (
        *references,
        *hypotheses,
        *([source] if source else []),
        *([documents] if documents else []),
    ):
        _check_ids(file)
    known = [first, *(_matched(file, first) for file in references[1:])]
    systems = tuple(
        System(name, _matched(file, first))
        for name, file in zip(names or system_names(hypotheses), hypotheses, strict=True)
    )
    _check_names([system.name for system in systems])
    texts = tuple(
        tuple(file.segments[index] for file in known if file.segments[index].strip())
        for index in range(len(first.segments))
    )
    if complete:
        _check_references(first, texts, systems)
    return Material(
        ids=first.ids or tuple(str(number) for number in range(1, len(first.segments) + 1)),
        references=texts,
        systems=systems,
        source=_source(first, systems, source),
        files=(
            *(("reference", file) for file in references),
            *(("hypothesis", file) for file in hypotheses),
            *((("source", source),) if source else ()),
            *((("documents", documents),) if documents else ()),
        ),
        documents=_documents(first, documents),
    )


def system_names(files: Sequence[SegmentFile]) -> list[str]:
    """Names for systems: as much of the end of each path as tells them apart.

    What all file names share up to a full stop is left out: ``set.one.en`` and
    ``set.two.en`` are ``one`` and ``two``.
    """
    paths = [Path(file.path) for file in files]
    parts = 1
    while True:
        names = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(names)) == len(names):
            return _without_shared_parts(names) if parts == 1 else names
        if parts > max(len(path.parts) for path in paths):
            return names
        parts += 1


def read_bitext(path: Path, source: Path | None = None) -> Bitext:
    """A bilingual document, or two files of lines: the English ``path`` and the Dutch ``source``.

    Raises :class:`corpus.errors.TweetaligError` for files that cannot be read, for
    lines without a source, and for files with other numbers of lines.
    """
    if source is not None:
        return _paired_lines(read_segments(path), read_segments(source))
    data = read_bytes(path)
    if not is_document(path):
        remedy = "give --src, or a bilingual document (.jsonl, .tmx, ...)"
        raise SettingsError(
            "has no Dutch beside its English that can be read", where=str(path), remedy=remedy
        )
    form = format_for(path.name)
    if form.read is not None:
        return form.read(BytesIO(data), str(path))
    file = _document_segments(path, data)
    return _bitext_of(file.sources, file.segments, file.ids, SourceFile(str(path), file.sha256))


def _paired_lines(english: SegmentFile, dutch: SegmentFile) -> Bitext:
    for file in (english, dutch):
        _check_ids(file)
    sources = _matched(dutch, english)
    return _bitext_of(sources.segments, english.segments, english.ids, SourceFile(dutch.path, dutch.sha256))


def _bitext_of(
    sources: Sequence[str], targets: Sequence[str], ids: Sequence[str], origin: SourceFile
) -> Bitext:
    """One bead a pair of lines; without ids the number of the line serves."""
    text = "\n".join(one_line(line) for line in sources)
    document = replace(read_lines(text, "nl"), source=origin)
    target = target_document(document, targets, "en")
    beads = tuple(
        Bead(ids[index] if ids else str(index + 1), (segment.id,), (segment.id,))
        for index, segment in enumerate(document.segments)
    )
    return Bitext(document, target, beads)


def read_lines(text: str, language: str) -> Document:
    """A document with one segment a line, empty lines included."""
    blocks, segments = [], []
    at = 0
    for number, line in enumerate(text.split("\n"), start=1):
        span = Span(at, at + len(line))
        blocks.append(Block(number, BlockKind.LINE, span))
        segments.append(Segment(segment_id(number, 1), number, span, line))
        at = span.end + 1
    return Document(text, language, tuple(blocks), tuple(segments), segmentation="lines-1")


def _without_shared_parts(names: Sequence[str]) -> list[str]:
    split = [name.split(".") for name in names]
    if len(split) < 2:
        return list(names)
    for end in (0, -1):
        while all(len(parts) > 1 for parts in split) and len({parts[end] for parts in split}) == 1:
            for parts in split:
                del parts[end]
    return [".".join(parts) for parts in split]


def _lines(text: str) -> tuple[str, ...]:
    """Lines end with a line feed (or CR LF) only; white space at their end does not count."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()  # the last line was finished
    return tuple(line.rstrip() for line in lines)


def _document_segments(path: Path, data: bytes) -> SegmentFile:
    """The one place that knows how documents are read."""
    if path.suffix.lower() == ".tmx":
        return _memory_segments(path, data)
    form = format_for(path.name)
    if form.read is None:
        raise FormatError(
            f"{form.name} cannot be read back",
            where=str(path),
            remedy="give .jsonl, .tmx or plain lines",
        )
    return segments_of(form.read(BytesIO(data), str(path)), str(path), sha256_hex(data))


def _memory_segments(path: Path, data: bytes) -> SegmentFile:
    """Dutch-English units of a TMX file; by id only if every unit has one (``tuid`` is optional)."""
    pairs = list(read_pairs(path, "nl", "en"))
    ids = tuple(pair.id for pair in pairs)
    return SegmentFile(
        path=str(path),
        segments=tuple(pair.target for pair in pairs),
        ids=ids if all(ids) else (),
        sources=tuple(pair.source for pair in pairs),
        sha256=sha256_hex(data),
    )


def _check_ids(file: SegmentFile) -> None:
    doubled = [name for name, times in Counter(file.ids).items() if times > 1]
    if doubled:
        raise InputError(f"segment id {doubled[0]} occurs twice", where=file.path, remedy="make ids unique")


def _check_names(names: Sequence[str]) -> None:
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise SettingsError(
            f"two systems are called {doubled[0]}", remedy="give each output once, or name them with --name"
        )


def _matched(file: SegmentFile, pattern: SegmentFile) -> SegmentFile:
    """``file`` in the order of ``pattern``, segment for segment."""
    if file.ids and pattern.ids:
        return _matched_by_id(file, pattern)
    ours, theirs = len(file.segments), len(pattern.segments)
    if ours != theirs:
        longer = file if ours > theirs else pattern
        raise InputError(
            f"has {ours} segments but {pattern.path} has {theirs}: "
            f"{longer.place(min(ours, theirs))} of {longer.path} has no partner",
            where=file.path,
            remedy="give files with the same segments in the same order",
        )
    return file


def _matched_by_id(file: SegmentFile, pattern: SegmentFile) -> SegmentFile:
    at = {name: index for index, name in enumerate(file.ids)}
    expected = set(pattern.ids)
    lacking = next((name for name in pattern.ids if name not in at), None)
    unknown = next((name for name in file.ids if name not in expected), None)
    if lacking is not None or unknown is not None:
        problem = f"has no segment {lacking}" if lacking is not None else f"has a segment {unknown}"
        other = "has" if lacking is not None else "has not"
        raise InputError(
            f"{problem}, which {pattern.path} {other}",
            where=file.path,
            remedy="give documents of the same text",
        )
    order = [at[name] for name in pattern.ids]
    return replace(
        file,
        ids=pattern.ids,
        segments=tuple(file.segments[index] for index in order),
        sources=tuple(file.sources[index] for index in order) if file.sources else (),
    )


def _check_references(
    first: SegmentFile, references: Sequence[tuple[str, ...]], systems: Sequence[System]
) -> None:
    for index, texts in enumerate(references):
        if texts:
            continue
        for system in systems:
            if system.hypotheses[index].strip():
                raise InputError(
                    f"the reference is empty but {system.file.path} has text there",
                    where=f"{first.path}, {first.place(index)}",
                    remedy="fill in the reference or take the segment out of every file",
                )


def _documents(first: SegmentFile, given: SegmentFile | None) -> tuple[str, ...]:
    if given is None:
        return ()
    names = _matched(given, first).segments
    nameless = next((index for index, name in enumerate(names) if not name.strip()), None)
    if nameless is not None:
        raise InputError(
            "names no document",
            where=f"{given.path}, {given.place(nameless)}",
            remedy="give the name of its document for every segment",
        )
    return names


def _source(first: SegmentFile, systems: Sequence[System], given: SegmentFile | None) -> tuple[str, ...]:
    """The source as given, or else as the documents have it."""
    if given is not None:
        return _matched(given, first).segments
    documents = (first, *(system.file for system in systems))
    return next((file.sources for file in documents if file.sources), ())
