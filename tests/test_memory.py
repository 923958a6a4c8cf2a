"""The translation memory: what is kept comes back, and nothing else does."""

from __future__ import annotations

import errno
import multiprocessing
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from corpus.bitext import Flag, FlagKind, Link
from corpus.document import Span
from corpus.errors import InputError, OutputError
from translate import memory as memories
from translate.memory import HumanUnit, TranslationMemory, default_path, open_memory, segment_key
from translate.segments import TranslatedSegment, from_json, to_json

FULL = TranslatedSegment(
    'She said: "yes"\u2028\ud800 100 %',
    score=-0.1234567890123456789,
    flags=(
        Flag(FlagKind.NUMBERS, "100 was lost", repaired=True, source=Span(1, 4)),
        Flag(FlagKind.COPY, "copied", target=Span(0, 2)),
    ),
    links=(Link(0, 1, 0.1 + 0.2), Link(3, 2)),
)
PLAIN = TranslatedSegment("The house")


@pytest.fixture
def memory(tmp_path: Path) -> TranslationMemory:
    return open_memory(tmp_path / "m.sqlite")


def kept(memory: TranslationMemory, *pairs: tuple[str, TranslatedSegment]) -> list[bytes]:
    keys = [segment_key("model", source) for source, _ in pairs]
    memory.keep(dict(zip(keys, pairs, strict=True)), "model")
    return keys


def test_a_segment_survives_to_the_last_bit(memory: TranslationMemory) -> None:
    assert from_json(to_json(FULL)) == FULL
    (key,) = kept(memory, ("Zij zei ja", FULL))
    memory.close()
    with open_memory(memory.path) as again:
        assert again.find([key, segment_key("model", "other")]) == {key: FULL}


def test_a_key_is_of_the_fingerprint_and_the_source() -> None:
    keys = {segment_key(a, b) for a, b in [("m", "x"), ("m", "y"), ("n", "x"), ("m\0x", ""), ("", "m\0x")]}
    assert len(keys) >= 4
    assert segment_key("m", "x") == segment_key("m", "x")


def test_more_keys_than_a_statement_takes(memory: TranslationMemory) -> None:
    keys = kept(memory, *[(f"zin {n}", TranslatedSegment(f"sentence {n}")) for n in range(2500)])
    found = memory.find(keys)
    assert [found[key].text for key in keys] == [f"sentence {n}" for n in range(2500)]


def test_what_fails_halfway_is_not_kept_at_all(memory: TranslationMemory) -> None:
    good, bad = segment_key("m", "a"), segment_key("m", "b")
    with pytest.raises((InputError, OutputError, sqlite3.Error, TypeError, AttributeError)):
        memory.keep({good: ("a", PLAIN), bad: ("b", None)}, "m")  # type: ignore[dict-item]
    with pytest.raises(RuntimeError), memory._writing():
        memory._connection.execute("DELETE FROM machine")
        raise RuntimeError
    assert memory.find([good]) == {}


# People


def test_an_exact_match_is_by_its_words(memory: TranslationMemory) -> None:
    assert memory.add_human([HumanUnit("Het  huis\n", " The house ", file="a.tmx")]) == 1
    assert memory.exact(["Het huis", "het huis"])["Het huis"].target == "The house"
    assert len(memory.exact(["Het huis", "het huis"])) == 1
    # The later translation of the same source is the one that counts.
    assert memory.add_human([HumanUnit("Het huis", "The home"), HumanUnit("Het huis", "The home")]) == 1
    assert memory.exact(["Het huis"])["Het huis"].target == "The home"
    assert memory.contents().human == 1


def test_the_most_similar_source_is_offered(memory: TranslationMemory) -> None:
    memory.add_human(
        [HumanUnit("De raad stemt vandaag over het plan.", "one"), HumanUnit("De kat slaapt.", "two")]
    )
    match = memory.fuzzy("De raad stemt morgen over het plan.")
    assert match is not None
    assert match.unit.target == "one"
    # Indel similarity by hand: of 36 + 35 characters "vandaag" and "morgen" share 1 in order ("g").
    assert match.similarity == pytest.approx(100 * 2 * 30 / 71, abs=0.1)
    assert memory.fuzzy("Iets heel anders staat hier.") is None


def test_prune_and_list(memory: TranslationMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "_today", lambda: "2020-01-01")
    old = kept(memory, ("oud", TranslatedSegment("old")))
    used = kept(memory, ("gebruikt", TranslatedSegment("used")))
    monkeypatch.setattr(memories, "_today", lambda: "2020-03-01")
    memory.touch(used)
    memory.add_human([HumanUnit("a", "b", "x.tmx"), HumanUnit("c", "d", "y.tmx")])
    assert [unit.source for unit in memory.machine_units()] == ["gebruikt", "oud"]
    assert memory.prune(unused_since="2020-02-01", human_file="x.tmx") == 2
    assert memory.find([*old, *used]) == {used[0]: TranslatedSegment("used")}
    assert [unit.source for unit in memory.human_units()] == ["c"]


# The file


def test_steps_are_recorded_and_done_once(memory: TranslationMemory) -> None:
    names = [name for (name,) in memory._connection.execute("SELECT name FROM schema_migrations")]
    assert names == ["m001_machine", "m002_human"]
    memory.close()
    with open_memory(memory.path) as again:
        assert again.contents().machine == 0


def test_a_memory_of_a_newer_program_is_left_alone(memory: TranslationMemory) -> None:
    memory._connection.execute("INSERT INTO schema_migrations VALUES ('m999_future', '2100-01-01')")
    memory.close()
    before = memory.path.read_bytes()
    with pytest.raises(InputError, match="a newer tweetalig"):
        open_memory(memory.path)
    assert memory.path.read_bytes() == before


def test_an_older_file_gets_the_steps_it_lacks(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.sqlite")
    connection.execute("CREATE TABLE schema_migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
    connection.execute("INSERT INTO schema_migrations VALUES ('m001_machine', '2026-01-01')")
    connection.execute(
        "CREATE TABLE machine (key BLOB PRIMARY KEY, source TEXT NOT NULL, content TEXT NOT NULL,"
        " checksum BLOB NOT NULL, model TEXT NOT NULL, added TEXT NOT NULL, used TEXT NOT NULL)"
    )
    connection.commit()
    connection.close()
    with open_memory(tmp_path / "old.sqlite") as memory:
        assert memory.add_human([HumanUnit("a", "b")]) == 1


def test_another_kind_of_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Geen geheugen. " * 100)
    with pytest.raises(InputError, match="damaged or is another kind of file"):
        open_memory(path)
    assert path.read_text().startswith("Geen geheugen")


def test_garbled_text_is_an_error_and_never_a_translation(memory: TranslationMemory) -> None:
    (key,) = kept(memory, ("Het huis", TranslatedSegment("The house stands here")))
    memory._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.close()
    data = memory.path.read_bytes()
    assert data.count(b"The house stands here") == 1
    memory.path.write_bytes(data.replace(b"The house stands here", b"The mouse stands here"))
    with open_memory(memory.path) as again, pytest.raises(InputError, match="damaged"):
        again.find([key])


def test_a_cut_file_is_an_error(memory: TranslationMemory) -> None:
    keys = kept(memory, *[(f"zin {n}", TranslatedSegment("x" * 500)) for n in range(500)])
    memory._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    memory.close()
    data = memory.path.read_bytes()
    memory.path.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    with (
        pytest.raises((InputError, OutputError), match="translation memory"),
        open_memory(memory.path) as again,
    ):
        again.find(keys)


def test_a_full_disk_is_said_and_undone(memory: TranslationMemory) -> None:
    first = kept(memory, ("eerst", PLAIN))
    pages = memory._connection.execute("PRAGMA page_count").fetchone()[0]
    memory._connection.execute(f"PRAGMA max_page_count = {pages}")
    many = {segment_key("m", f"zin {n}"): (f"zin {n}", TranslatedSegment("x" * 900)) for n in range(200)}
    with pytest.raises(OutputError, match="disk is full"):
        memory.keep(many, "m")
    memory._connection.execute("PRAGMA max_page_count = 100000")
    assert memory.find([*first, *many]) == {first[0]: PLAIN}
    memory.keep(many, "m")
    assert len(memory.find(list(many))) == 200


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be used"):
        open_memory(tmp_path / "file" / "m.sqlite")
    with pytest.raises(InputError, match="there is no translation memory"):
        open_memory(tmp_path / "none.sqlite", must_exist=True)


def test_no_space_left_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(OutputError, match="disk is full"):
        open_memory(tmp_path / "m.sqlite")


def test_another_process_is_waited_for_and_then_named(
    memory: TranslationMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(memory.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    memory._connection.execute("PRAGMA busy_timeout = 50")
    begin = time.monotonic()
    with pytest.raises(OutputError, match="another process"):
        kept(memory, ("a", PLAIN))
    assert time.monotonic() - begin >= 0.05
    other.execute("COMMIT")
    assert memory.find(kept(memory, ("a", PLAIN)))


def write_many(path: Path, who: int) -> None:
    with open_memory(path) as memory:
        for number in range(30):
            source = f"zin {number}"
            memory.keep({segment_key("m", source): (source, TranslatedSegment(f"s {number}"))}, f"{who}")
            memory.find([segment_key("m", source)])


def test_several_processes_share_it_from_the_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "new" / "m.sqlite"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write_many, args=(path, who)) for who in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    with open_memory(path) as memory:
        assert memory.contents().machine == 30


def test_a_copy_made_while_open_is_whole(memory: TranslationMemory, tmp_path: Path) -> None:
    keys = kept(memory, ("a", PLAIN))
    for left in memory.path.parent.glob("m.sqlite*"):
        shutil.copy(left, tmp_path / left.name.replace("m.sqlite", "copy.sqlite"))
    with open_memory(tmp_path / "copy.sqlite") as copy:
        assert copy.find(keys) == {keys[0]: PLAIN}


def test_the_users_own_is_named_by_the_environment(memory_of_its_own: Path) -> None:
    assert default_path() == memory_of_its_own
