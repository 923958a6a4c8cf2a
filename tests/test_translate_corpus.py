"""Corpora: shards are done once, whole, and the same whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dying import crash_on_bad
from tiny_model import Tiny, build

from corpus.errors import FormatError, OutputError, SettingsError, TweetaligError
from corpus.shards import Columns
from translate.corpora.local import Layout, layout, run_here
from translate.corpora.manifest import locked
from translate.corpora.run import Report, find_jobs, run
from translate.corpora.shard import Done, Failed, How, Job, Outcome, Progress
from translate.engines import DecodingSettings, EngineSettings
from translate.models import Model, read_model
from translate.pipeline import TranslationSettings

ROOT = Path(__file__).parents[1]
USUAL = Columns()
NOUNS = ("man", "vrouw", "hond", "krant", "fiets", "tuin", "straat")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return read_model(build(tmp_path_factory.mktemp("tiny"), Tiny()), model_id="tiny")


def how(model: Model, columns: Columns = USUAL, *, segmented: bool = False) -> How:
    settings = TranslationSettings(DecodingSettings(beam_size=1), links=False)
    return How(model, EngineSettings(), settings, columns, segmented)


def write_shards(folder: Path, shards: int, rows: int) -> list[Path]:
    """JSON Lines, no row like another."""
    folder.mkdir()
    paths = []
    for number in range(shards):
        path = folder / f"shard-{number:02}.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            for row in range(rows):
                noun = NOUNS[(number + row) % len(NOUNS)]
                text = f"De {noun} ziet het huis {number * rows + row}. De {noun} leest."
                stream.write(json.dumps({"id": f"{number}/{row}", "text": text}) + "\n")
        paths.append(path)
    return paths


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def translate(paths: list[Path], output: Path, how: How, processes: int = 1) -> tuple[Report, list[Outcome]]:
    heard: list[Outcome] = []
    report = run(find_jobs(paths, output), output, how, processes=processes, threads=1, listener=heard.append)
    return report, heard


# What comes out


def test_rows_come_out_in_order_and_whole(tmp_path: Path, model: Model) -> None:
    rows = [
        {"text": "De man leest. De hond slaapt.", "n": 1},
        {"text": "", "n": 2},
        {"text": "Geen nieuws\n\nHet huis\n", "n": 3},
        {"text": None, "n": 4},
        {"text": "  ", "n": 5},
        {"text": "De man leest. De hond slaapt.", "n": 6},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    report, _ = translate([path], tmp_path / "out", how(model))
    made = [json.loads(line) for line in (tmp_path / "out/a.jsonl").read_text("utf-8").splitlines()]
    assert [{"text": one["text"], "n": one["n"]} for one in made] == rows
    assert [one["translation"] for one in made] == [
        "The man reads. The dog sleeps.", "", "No news\n\nThe house\n", None, "  ",
        "The man reads. The dog sleeps.",
    ]  # fmt: skip
    assert made[0]["translation_confidence"] > 0.9
    (done,) = report.done
    assert (done.rows, done.segments, done.source_words) == (6, 6, 16)


def test_segmented_rows_are_not_split(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "a.txt"
    path.write_text("De man leest. De hond slaapt.\n\nHet huis\n", "utf-8")
    report, _ = translate([path], tmp_path / "out", how(model, segmented=True))
    assert (tmp_path / "out/a.txt").read_text("utf-8") == "The man reads. The dog sleeps.\n\nThe house\n"
    assert report.segments == 2


def test_flags_are_told(tmp_path: Path) -> None:
    looping = read_model(build(tmp_path / "loop", Tiny(behaviour="loop")), model_id="loop")
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "De man leest."}\n', "utf-8")
    report, _ = translate([path], tmp_path / "out", how(looping))
    assert report.done[0].flagged == 1
    assert "repetition" in json.loads((tmp_path / "out/a.jsonl").read_text("utf-8"))["translation_flags"]


# Doing it again


def test_what_is_done_is_kept_until_something_changes(tmp_path: Path, model: Model) -> None:
    paths = write_shards(tmp_path / "in", 3, 2)
    output = tmp_path / "out"
    assert len(translate(paths, output, how(model))[0].done) == 3
    first = contents(output)
    report, heard = translate(paths, output, how(model))
    assert (report.kept, heard) == (3, [])
    paths[0].write_text('{"text": "De hond slaapt."}\n', "utf-8")  # another input
    (output / "shard-01.jsonl").write_text("broken")  # another output
    report, heard = translate(paths, output, how(model))
    assert {one.name for one in heard} == {"shard-00.jsonl", "shard-01.jsonl"}
    assert contents(output)["shard-01.jsonl"] == first["shard-01.jsonl"]
    assert len(translate(paths, output, how(model, Columns(target="en")))[0].done) == 3  # another way
    # One shard alone leaves what is known of the others.
    translate(paths[:1], output, how(model, Columns(target="en")))
    assert translate(paths, output, how(model, Columns(target="en")))[0].kept == 3


def test_a_shard_that_fails_is_named_and_the_others_are_done(tmp_path: Path, model: Model) -> None:
    paths = write_shards(tmp_path / "in", 3, 2)
    good = paths[1].read_bytes()
    paths[1].write_bytes(good + b'{"text": \n')
    report, _ = translate(paths, tmp_path / "out", how(model))
    assert [one.name for one in report.failed] == ["shard-01.jsonl"]
    assert "shard-01.jsonl, line 3: is not JSON" in report.failed[0].problem
    assert set(contents(tmp_path / "out")) == {"shard-00.jsonl", "shard-02.jsonl", "manifest.json"}
    paths[1].write_bytes(good)
    report, _ = translate(paths, tmp_path / "out", how(model))
    assert (report.kept, len(report.done), report.failed) == (2, 1, [])


def test_folders_keep_their_shape_and_names_must_differ(tmp_path: Path) -> None:
    for name in ("in/nl/a.jsonl", "in/be/a.jsonl", "in/readme.md", "other/a.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}\n")
    output = tmp_path / "out"
    assert [job.name for job in find_jobs([tmp_path / "in"], output)] == ["be/a.jsonl", "nl/a.jsonl"]
    with pytest.raises(SettingsError, match="would have the same output as"):
        find_jobs([tmp_path / "in/nl/a.jsonl", tmp_path / "other/a.jsonl"], output)
    with pytest.raises(OutputError, match="is an input"):
        find_jobs([tmp_path / "other/a.jsonl"], tmp_path / "other")
    with pytest.raises(FormatError, match=r"readme\.md: no shard format"):
        find_jobs([tmp_path / "in/readme.md"], output)
    with pytest.raises(TweetaligError, match="no such file"):
        find_jobs([tmp_path / "none.jsonl"], output)


def test_a_strange_manifest_and_a_second_run_are_refused(tmp_path: Path, model: Model) -> None:
    paths = write_shards(tmp_path / "in", 1, 1)
    output = tmp_path / "out"
    output.mkdir()
    (output / "manifest.json").write_text("[]")
    with pytest.raises(FormatError, match="is no manifest"):
        translate(paths, output, how(model))
    (output / "manifest.json").write_text('{"schema": 99}')
    with pytest.raises(FormatError, match="is of schema 99"):
        translate(paths, output, how(model))
    (output / "manifest.json").unlink()
    with locked(output), pytest.raises(OutputError, match="another translate-corpus is writing there"):
        translate(paths, output, how(model))


# Processes


def test_a_process_that_dies_takes_only_its_shard_with_it(tmp_path: Path, model: Model) -> None:
    names = ["a", "bad", "b", "shaky", "c"]
    jobs = [Job(name, tmp_path / name, tmp_path / name) for name in names]
    told: list[Progress] = []
    outcomes = list(run_here(jobs, how(model), 2, crash_on_bad, tell=told.append))
    assert {one.name for one in told} == set(names)
    assert sorted(one.name for one in outcomes if isinstance(one, Done)) == ["a", "b", "c", "shaky"]
    (failed,) = [one for one in outcomes if isinstance(one, Failed)]
    assert failed.name == "bad"
    assert "died 2 times (signal 9" in failed.problem


@pytest.mark.parametrize(
    ("shards", "cores", "memory", "expected"),
    [
        (100, 2, 16, Layout(1, 2)),
        (100, 16, 64, Layout(4, 4)),
        (2, 16, 64, Layout(2, 8)),
        (100, 64, 4, Layout(3, 21)),  # memory for three
        (100, 1, 1, Layout(1, 1)),
    ],
)
def test_layout(shards: int, cores: int, memory: int, expected: Layout) -> None:
    assert layout(shards, cores, memory * 10**9, 10**9) == expected


def test_layout_takes_what_is_given() -> None:
    assert layout(9, 16, 10**11, 10**9, threads=2) == Layout(8, 2)
    assert layout(9, 16, 10**11, 10**9, processes=3) == Layout(3, 5)
    assert layout(9, 16, 10**11, 10**9, processes=3, threads=1) == Layout(3, 1)


# The command, killed


def command(*arguments: str | Path) -> list[str]:
    code = "import sys; from translate.cli import main; main(sys.argv[1:])"
    return [sys.executable, "-c", code, "translate-corpus", *map(str, arguments)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, model: Model) -> tuple[Path, dict[str, bytes]]:
    """A folder of shards, and what comes of it undisturbed."""
    folder = tmp_path_factory.mktemp("many")
    write_shards(folder / "in", 8, 250)
    arguments = ("--output", folder / "whole", "--model", model.folder, "--processes", "2", "--threads", "1")
    done = subprocess.run(
        command(folder / "in", *arguments), capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert "8 shards done: 4,000 segments" in done.stderr
    return folder / "in", contents(folder / "whole")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")


@needs_proc
def test_killed_and_run_again_is_as_if_nothing_happened(
    many: tuple[Path, dict[str, bytes]], tmp_path: Path, model: Model
) -> None:
    source, whole = many
    output = tmp_path / "out"
    arguments = command(
        source, "--output", output, "--model", model.folder, "--processes", "2", "--threads", "1"
    )
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, env=environment()) as running:
        until(lambda: list(output.glob("*.jsonl")) or running.poll() is not None)
        workers = children(running.pid)
        running.kill()
    finished = len(list(output.glob("*.jsonl")))
    assert 0 < finished < 8
    until(lambda: not any(map(is_alive, workers)), 10)  # nothing goes on behind one's back
    again = subprocess.run(arguments, capture_output=True, text=True, env=environment())
    assert again.returncode == 0, again.stderr
    assert contents(output) == whole


@needs_proc
def test_a_worker_that_is_killed_loses_nothing(
    many: tuple[Path, dict[str, bytes]], tmp_path: Path, model: Model
) -> None:
    source, whole = many
    output = tmp_path / "out"
    arguments = command(
        source, "--output", output, "--model", model.folder, "--processes", "2", "--threads", "1"
    )
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment()) as running:
        until(lambda: list(output.glob("*.jsonl")) or running.poll() is not None)
        os.kill(children(running.pid)[-1], signal.SIGKILL)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert contents(output) == whole


def test_the_command_fails_if_a_shard_does(tmp_path: Path, model: Model) -> None:
    write_shards(tmp_path / "in", 2, 1)
    (tmp_path / "in/shard-01.jsonl").write_text("{}\n")
    arguments = ("--output", tmp_path / "out", "--model", model.folder, "--report", tmp_path / "r.json")
    ended = subprocess.run(
        command(tmp_path / "in", *arguments), capture_output=True, text=True, env=environment()
    )
    assert ended.returncode == 2
    assert "shard-01.jsonl, line 1: has no field 'text'" in ended.stderr
    assert "1 of 2 shards failed: shard-01.jsonl" in ended.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["segments"] == 2
    assert report["source_words_per_second"] > 0
    assert [one["name"] for one in report["failed"]] == ["shard-01.jsonl"]


# Ray


@pytest.fixture
def ray_is_there() -> Iterator[None]:
    pytest.importorskip("ray", reason="Ray is not installed")
    yield


@needs_proc
def test_ray_loses_nothing_when_a_worker_is_killed(
    many: tuple[Path, dict[str, bytes]], tmp_path: Path, model: Model, ray_is_there: None
) -> None:
    source, whole = many
    output = tmp_path / "out"
    arguments = command(
        source,
        "--output",
        output,
        "--model",
        model.folder,
        "--ray",
        "local",
        "--processes",
        "2",
        "--threads",
        "1",
    )
    before = set(ray_workers())
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment()) as running:
        until(lambda: list(output.glob("*.jsonl")) or running.poll() is not None)
        workers: set[int] = set()
        until(lambda: workers.update(set(ray_workers()) - before) or workers or running.poll() is not None)
        os.kill(workers.pop(), signal.SIGKILL)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert "on Ray (local)" in said
    assert contents(output) == whole


def ray_workers() -> list[int]:
    """Processes that are translating a shard for Ray."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::translate_shard"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
