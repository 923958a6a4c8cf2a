"""Windows of sentences: order, early output, no growth, one piece of work a text."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from corpus.bitext import FlagKind
from translate.memory import HumanUnit, open_memory
from translate.segments import MEMORY, TranslatedSegment
from translate.streaming import FIRST_WINDOWS, WINDOW, AbandonedError, Task, stream


class Shouting:
    """Work that takes a moment and makes capitals; it remembers what it was asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.windows: list[list[str]] = []
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self, tasks: Sequence[Task], check: Callable[[], None]) -> list[TranslatedSegment]:
        with self._lock:
            self.windows.append([task.text for task in tasks])
        time.sleep(self._seconds)
        check()
        return [
            TranslatedSegment(task.human, origin=MEMORY)
            if task.human is not None
            else TranslatedSegment(task.text.upper())
            for task in tasks
        ]

    @property
    def asked(self) -> list[str]:
        return list(itertools.chain.from_iterable(self.windows))


def texts(number: int) -> list[str]:
    return [f"zin {at}" for at in range(number)]


@pytest.mark.parametrize("number", [0, 1, 2, 5, 400])
def test_order_is_kept_and_nothing_is_lost(number: int) -> None:
    work = Shouting()
    out = [one.text for one in stream(texts(number), work, concurrency=3)]
    assert out == [text.upper() for text in texts(number)]
    assert sorted(work.asked) == sorted(texts(number))


def test_the_first_sentence_goes_alone_and_windows_grow() -> None:
    work = Shouting()
    list(stream(texts(128 + 2 * WINDOW + 5), work, concurrency=1))
    assert FIRST_WINDOWS[0] == 1
    assert list(FIRST_WINDOWS) == sorted(FIRST_WINDOWS)
    assert [len(window) for window in work.windows] == [*FIRST_WINDOWS, WINDOW, WINDOW, 5]


def test_equal_texts_are_worked_on_once_even_while_the_first_is_in_work() -> None:
    work = Shouting(0.02)
    asked = ["a", *["b", "a", "c"] * 100, "d"]
    out = [one.text for one in stream(asked, work, concurrency=3)]
    assert out == [text.upper() for text in asked]
    assert sorted(work.asked) == ["a", "b", "c", "d"]


def test_the_first_segment_comes_before_the_input_is_read() -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for number in itertools.count():
            read = number
            yield f"zin {number}"

    out = stream(endless(), Shouting(0.001), concurrency=2)
    assert next(out).text == "ZIN 0"
    assert read <= sum(FIRST_WINDOWS)
    for _ in range(2000):
        next(out)
    assert read <= 2000 + 4 * WINDOW  # never far ahead of what was given out
    out.close()


def test_work_that_nobody_waits_for_ends() -> None:
    ended: list[type[BaseException]] = []
    begun = threading.Event()

    def work(tasks: Sequence[Task], check: Callable[[], None]) -> list[TranslatedSegment]:
        if len(tasks) == 1:
            begun.wait(10)
            return [TranslatedSegment("first")]
        begun.set()
        try:
            while True:
                check()
                time.sleep(0.001)
        except AbandonedError:
            ended.append(AbandonedError)
            raise

    out = stream(texts(50), work, concurrency=2)
    assert next(out).text == "first"
    out.close()
    assert ended


def test_a_failure_is_raised_where_it_is_read() -> None:
    def work(tasks: Sequence[Task], check: Callable[[], None]) -> list[TranslatedSegment]:
        if any(task.text == "zin 2" for task in tasks):
            raise ValueError("zin 2")
        return [TranslatedSegment("ok")] * len(tasks)

    out = stream(texts(20), work, concurrency=2)
    assert next(out).text == "ok"
    with pytest.raises(ValueError, match="zin 2"):
        list(out)


def test_what_the_memory_has_is_not_worked_on(tmp_path: Path) -> None:
    with open_memory(tmp_path / "m.sqlite") as memory:
        first, second, other = Shouting(), Shouting(), Shouting()
        one = list(stream(texts(100), first, concurrency=2, memory=memory, fingerprint="f"))
        changed = [*texts(50), "nieuw", *texts(100)[50:]]
        two = list(stream(changed, second, concurrency=2, memory=memory, fingerprint="f"))
        assert [x.text for x in two] == [text.upper() for text in changed]
        assert second.asked == ["nieuw"]
        assert one == two[:50] + two[51:]
        list(stream(texts(10), other, concurrency=2, memory=memory, fingerprint="other settings"))
        assert sorted(other.asked) == texts(10)


def test_a_window_is_kept_before_it_is_given_out(tmp_path: Path) -> None:
    with open_memory(tmp_path / "m.sqlite") as memory, open_memory(tmp_path / "m.sqlite") as watcher:
        out = stream(texts(100), Shouting(), concurrency=1, memory=memory, fingerprint="f")
        next(out)
        assert watcher.contents().machine >= 1
        next(out)
        assert watcher.contents().machine >= 32
        out.close()


def test_people_go_first_and_are_offered(tmp_path: Path) -> None:
    with open_memory(tmp_path / "m.sqlite") as memory:
        memory.add_human([HumanUnit("De raad stemt vandaag over het plan.", "The council votes today.")])
        asked = [
            "De raad stemt vandaag over het plan.",
            "De raad stemt morgen over het plan.",
            "Iets heel anders.",
        ]
        for _ in range(2):  # the second time the machine's come from the memory
            out = list(stream(asked, Shouting(), concurrency=1, memory=memory, fingerprint="f"))
            assert [one.origin for one in out] == ["memory", "mt", "mt"]
            assert out[0].text == "The council votes today."
            assert out[1].text == asked[1].upper()
            (flag,) = out[1].flags
            assert flag.kind is FlagKind.FUZZY_MATCH
            assert "The council votes today." in flag.message
            assert "De raad stemt vandaag" in flag.message
            assert not out[0].flags
            assert not out[2].flags
        assert [unit.source for unit in memory.machine_units()] == asked[:0:-1]
