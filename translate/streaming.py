"""Sentences in, finished segments out, in order, as soon as they are ready.

Sentences are taken in windows: the first alone, so that a reader sees it at once, then
ever larger ones, so that batches are full. Several windows are in work at a time (as
many as keep the engine's threads busy) and no more are read, so memory does not grow
with the input. A window is committed to the translation memory whole, and how windows
and batches are cut depends on the input alone: a run that was killed and goes on does
the rest exactly as it would have been done.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

from corpus.bitext import Flag, FlagKind
from translate.memory import TranslationMemory, segment_key
from translate.segments import MACHINE, TranslatedSegment

FIRST_WINDOWS = (1, 31, 96)  # sentences; smaller ones make batches too small to be quick
WINDOW = 256
_RECENT = 8192  # finished segments held, so that what comes again is not translated again


@dataclass(frozen=True, slots=True)
class Task:
    """A sentence to work on. ``human`` is the translation that a person gave it, if one did."""

    text: str
    human: str | None = None


Work = Callable[[Sequence[Task], Callable[[], None]], Sequence[TranslatedSegment]]


class AbandonedError(Exception):
    """Raised inside a window's thread when nobody waits for its result any more."""


@dataclass(eq=False)
class _Window:
    """Sentences on their way. ``missing`` are worked on here, ``elsewhere`` in an earlier window."""

    texts: list[str]
    found: dict[str, TranslatedSegment] = field(default_factory=dict)
    elsewhere: dict[str, _Window] = field(default_factory=dict)
    missing: list[Task] = field(default_factory=list)
    job: Future[Sequence[TranslatedSegment]] | None = None


def stream(
    texts: Iterable[str],
    work: Work,
    *,
    concurrency: int,
    memory: TranslationMemory | None = None,
    fingerprint: str = "",
    model: str = "",
    particulars: Callable[[str], str] | None = None,
) -> Iterator[TranslatedSegment]:
    """The finished segment of each text, in order. Equal texts are worked on once.

    ``work`` turns a window's new sentences into segments; it is called from threads, at most
    ``concurrency`` at a time, and calls its second argument often, which ends it if the
    caller has gone. What ``memory`` has under ``fingerprint`` is not worked on again, and
    what is finished is kept there, a window at a time, before it is given out. A person's
    translation in ``memory`` of exactly a text goes to ``work`` with it; one of a similar
    text is offered in a flag. ``particulars`` of a text go with the fingerprint.
    """
    run = _Run(work, memory, fingerprint, model, particulars)
    waiting: deque[_Window] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="translate")
    try:
        for window in _windows(texts):
            waiting.append(run.begin(window, pool))
            while len(waiting) > concurrency or (waiting and run.is_ready(waiting[0])):
                yield from run.finish(waiting.popleft())
        while waiting:
            yield from run.finish(waiting.popleft())
    finally:
        run.gone.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _windows(texts: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(texts)
    sizes = iter(FIRST_WINDOWS)
    while window := list(islice(remaining, next(sizes, WINDOW))):
        yield window


class _Run:
    """What one call of :func:`stream` knows."""

    def __init__(
        self,
        work: Work,
        memory: TranslationMemory | None,
        fingerprint: str,
        model: str,
        particulars: Callable[[str], str] | None = None,
    ) -> None:
        self.gone = threading.Event()
        self._work = work
        self._memory = memory
        self._fingerprint = fingerprint
        self._model = model
        self._particulars = particulars
        self._recent: OrderedDict[str, TranslatedSegment] = OrderedDict()
        self._in_work: dict[str, _Window] = {}
        self._people = memory is not None and memory.contents().human > 0

    def begin(self, texts: list[str], pool: ThreadPoolExecutor) -> _Window:
        """Look up what is known, and start on the rest."""
        window = _Window(texts)
        unknown = []
        for text in dict.fromkeys(texts):
            if text in self._recent:
                window.found[text] = self._recent[text]
            elif text in self._in_work:
                window.elsewhere[text] = self._in_work[text]
            else:
                unknown.append(text)
        people = self._memory.exact(unknown) if self._memory is not None and self._people else {}
        remembered = self._remembered([text for text in unknown if text not in people])
        window.found |= {text: self._with_offer(text, one) for text, one in remembered.items()}
        for text in unknown:
            if text not in remembered:
                window.missing.append(Task(text, people[text].target if text in people else None))
        if window.missing:
            self._in_work |= {task.text: window for task in window.missing}
            window.job = pool.submit(self._work, window.missing, self._check)
        return window

    def is_ready(self, window: _Window) -> bool:
        """Whether :meth:`finish` would not wait (windows finish in order, so those before have)."""
        return window.job is None or window.job.done()

    def finish(self, window: _Window) -> Iterator[TranslatedSegment]:
        """Wait for a window, keep what is new, and give its segments in order."""
        if window.job is not None:
            made = {task.text: one for task, one in zip(window.missing, window.job.result(), strict=True)}
            self._keep(made)
            window.found |= {text: self._with_offer(text, one) for text, one in made.items()}
            for text in made:
                del self._in_work[text]
        for text, other in window.elsewhere.items():
            window.found[text] = other.found[text]
        self._recent |= window.found
        while len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        for text in window.texts:
            yield window.found[text]

    def _check(self) -> None:
        if self.gone.is_set():
            raise AbandonedError

    def _key(self, text: str) -> bytes:
        own = self._particulars(text) if self._particulars is not None else ""
        return segment_key(self._fingerprint + own, text)

    def _remembered(self, texts: Sequence[str]) -> dict[str, TranslatedSegment]:
        if self._memory is None or not texts:
            return {}
        keys = {self._key(text): text for text in texts}
        found = {keys[key]: segment for key, segment in self._memory.find(list(keys)).items()}
        if found:
            self._memory.touch([key for key, text in keys.items() if text in found])
        return found

    def _keep(self, made: dict[str, TranslatedSegment]) -> None:
        if self._memory is not None:
            kept = {self._key(text): (text, one) for text, one in made.items() if one.origin == MACHINE}
            self._memory.keep(kept, self._model)

    def _with_offer(self, text: str, one: TranslatedSegment) -> TranslatedSegment:
        """``one`` with a flag that offers a person's translation of a similar text."""
        if self._memory is None or not self._people or one.origin != MACHINE:
            return one
        match = self._memory.fuzzy(text)
        if match is None:
            return one
        told = f"{match.similarity:.0f}% alike in the memory: “{match.unit.source}” → “{match.unit.target}”"
        return replace(one, flags=(*one.flags, Flag(FlagKind.FUZZY_MATCH, told)))
