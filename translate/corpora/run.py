"""The whole run: which shards there are, which are still to do, and how it went."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus.errors import InputError, OutputError, SettingsError
from corpus.shards import is_shard, shard_format
from translate.corpora.distributed import LOCAL, run_on_ray
from translate.corpora.local import Layout, layout, run_here
from translate.corpora.manifest import check_folder, locked, read_manifest, way
from translate.corpora.shard import Done, Failed, How, Job, Outcome, Tell
from translate.engines.selection import Choice, choose

Listener = Callable[[Outcome], None]
_BESIDE_WEIGHTS = 400_000_000  # bytes of a process besides the model: libraries, batches


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. ``kept`` are the names of shards that are done already."""

    jobs: tuple[Job, ...]
    kept: tuple[str, ...]
    layout: Layout
    why: str


@dataclass(slots=True)
class Report:
    """How a run went. ``seconds`` are of the clock on the wall."""

    done: list[Done] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    kept: int = 0
    seconds: float = 0.0

    @property
    def segments(self) -> int:
        """Segments translated in this run."""
        return sum(one.segments for one in self.done)

    @property
    def source_words(self) -> int:
        """Source words translated in this run."""
        return sum(one.source_words for one in self.done)


def find_jobs(inputs: Sequence[Path], output: Path) -> list[Job]:
    """A job for each shard: files as they are named, folders with all shards below them.

    The output of a file lies in ``output`` under its own name, that of a file found in a
    folder at its place below it. Raises an error for what is no shard, for two outputs of
    one name, and for an output that is an input.
    """
    jobs: dict[str, Job] = {}
    for path, name in _named(inputs):
        job = Job(name, path.resolve(), output.resolve() / name)
        if name in jobs:
            raise SettingsError(
                f"would have the same output as {jobs[name].source}",
                where=str(path),
                remedy="translate one of them into another folder, or name the folder that holds both",
            )
        if job.output == job.source or (job.output.exists() and job.output.samefile(job.source)):
            raise OutputError("is an input", where=str(job.output), remedy="give another --output")
        shard_format(path)
        jobs[name] = job
    return list(jobs.values())


def _named(inputs: Iterable[Path]) -> Iterable[tuple[Path, str]]:
    for path in inputs:
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file() and is_shard(one))
            if not found:
                raise InputError(
                    "has no shards in it", where=str(path), remedy="name files or another folder"
                )
            yield from ((one, one.relative_to(path).as_posix()) for one in found)
        elif path.exists():
            yield path, path.name
        else:
            raise InputError("no such file", where=str(path), remedy="check the name")


def run(
    jobs: Sequence[Job],
    output: Path,
    how: How,
    *,
    processes: int | None = None,
    threads: int | None = None,
    ray: str | None = None,
    planned: Callable[[Plan], None] | None = None,
    listener: Listener | None = None,
    tell: Tell | None = None,
) -> Report:
    """Translate what is not done yet of ``jobs`` into ``output``, and say how it went.

    ``planned`` hears what is going to be done, ``listener`` of each shard that ends, and ``tell``
    now and then how far the others are (not on Ray). A shard that fails is in the report; the
    others are done nevertheless.
    """
    begin = time.perf_counter()
    check_folder(output)
    choice = choose(how.model, how.engine)
    with locked(output):
        manifest = read_manifest(output, way(how, choice))
        kept = {job.name for job in jobs if manifest.is_done(job)}
        todo = [job for job in jobs if job.name not in kept]
        for job in todo:
            manifest.shards.pop(job.name, None)
        shape, why = _shape(len(todo), how, processes=processes, threads=threads)
        if planned is not None:
            planned(Plan(tuple(todo), tuple(sorted(kept)), shape, why))
        report = Report(kept=len(kept))
        if todo:
            _convert(how, choice)
        for job in todo:
            job.output.parent.mkdir(parents=True, exist_ok=True)
        afar = ray is not None and ray != LOCAL  # what a node has is not known here
        held = replace(how, engine=replace(how.engine, threads=threads if afar else shape.threads))
        try:
            for outcome in _outcomes(todo, held, shape, ray, processes, tell):
                if isinstance(outcome, Done):
                    manifest.add(outcome)
                    report.done.append(outcome)
                else:
                    report.failed.append(outcome)
                if listener is not None:
                    listener(outcome)
        finally:
            manifest.write()
    report.seconds = time.perf_counter() - begin
    return report


def _outcomes(
    jobs: Sequence[Job],
    how: How,
    shape: Layout,
    ray: str | None,
    processes: int | None,
    tell: Tell | None,
) -> Iterable[Outcome]:
    if not jobs:
        return ()
    if ray is None:
        return run_here(jobs, how, shape.processes, tell=tell)
    return run_on_ray(jobs, how, ray, processes=shape.processes if ray == LOCAL else processes)


def _convert(how: How, choice: Choice) -> None:
    """Convert the model once, before many processes would do so at the same time."""
    if choice.engine == "ctranslate2":
        from translate.engines.conversion import converted

        converted(how.model, "int8" if choice.compute_type == "int8" else "float32")


def _shape(shards: int, how: How, *, processes: int | None, threads: int | None) -> tuple[Layout, str]:
    """Processes and threads, and why so."""
    cores, memory = available_cores(), available_memory()
    needed = how.model.weights.stat().st_size * 2 + _BESIDE_WEIGHTS
    found = layout(max(1, shards), cores, memory, needed, processes=processes, threads=threads)
    why = f"{cores} cores, {memory / 1e9:.1f} GB free, about {needed / 1e9:.1f} GB a process"
    return found, why


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Bytes that are free, as Linux tells it; elsewhere half of all."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, OSError, AttributeError):
        return 4_000_000_000
