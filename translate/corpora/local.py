"""Shards on this machine: several processes, each with an engine of several threads.

A process that dies (killed for memory, say) takes only its own shard with it: that one is
tried once more by a new process, and named if it fails again. Processes end when the one
that started them does, however that ended.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from corpus.errors import TweetaligError
from translate.corpora.shard import Failed, How, Job, Outcome, Progress, Tell, engine_of, translate_shard

Do = Callable[[Job, How, Tell], Outcome]
TRIES = 2  # of a shard whose process died
ENOUGH_THREADS = 4  # of one process; see layout


@dataclass(frozen=True, slots=True)
class Layout:
    """Processes, and threads of each."""

    processes: int
    threads: int


def layout(
    shards: int,
    cores: int,
    memory: int,
    needed: int,
    *,
    processes: int | None = None,
    threads: int | None = None,
) -> Layout:
    """How to spread ``shards`` over ``cores``; ``memory`` and ``needed`` (a process) are in bytes.

    A thread for each core. Threads of a process share the weights, which saves memory; but they
    work on one shard, whose first and last sentences do not fill many of them. So as many
    processes as there are fours of cores, if there are shards and memory for them, and the
    cores divided among them. (Python's own part, which a process cannot spread over threads,
    is no reason: it was 3 % of the processor time with the shipped model.) What is given is
    taken as it is.
    """
    if processes is None:
        wanted = -(-cores // (threads or ENOUGH_THREADS))
        processes = max(1, min(wanted, shards, int(memory * 0.8) // max(1, needed)))
    return Layout(processes, threads or max(1, cores // processes))


def run_here(
    jobs: Sequence[Job], how: How, processes: int, do: Do | None = None, *, tell: Tell | None = None
) -> Iterator[Outcome]:
    """Do ``jobs`` in ``processes`` processes; outcomes come as shards end.

    ``do`` does one of them, without it :func:`attempt`. ``tell`` hears how far they are.
    """
    waiting = deque((job, 1) for job in jobs)
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.busy for worker in workers):
            while waiting and len(workers) < processes:
                workers.append(_Worker(how, do or attempt))
            for worker in workers:
                if not worker.busy and waiting:
                    worker.give(*waiting.popleft())
            ready = wait([worker.connection for worker in workers if worker.busy])
            for worker in [worker for worker in workers if worker.connection in ready]:
                heard = worker.take()
                if isinstance(heard, Progress):
                    if tell is not None:
                        tell(heard)
                    continue
                if heard is not None:
                    yield heard
                    continue
                workers.remove(worker)
                job, tries = worker.ended()
                if tries < TRIES:
                    waiting.append((job, tries + 1))
                else:
                    told = f"the process that translated it died {tries} times ({worker.how_it_ended()})"
                    yield Failed(job.name, f"{job.source}: {told}")
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """A process and the shard that it has."""

    def __init__(self, how: How, do: Do) -> None:
        context = multiprocessing.get_context("spawn")  # forking does not go with threads
        self.connection, other = context.Pipe()
        self._process: BaseProcess = context.Process(target=_work, args=(other, how, do), daemon=True)
        self._process.start()
        other.close()
        self._held: tuple[Job, int] | None = None

    @property
    def busy(self) -> bool:
        return self._held is not None

    def give(self, job: Job, tries: int) -> None:
        self._held = (job, tries)
        try:
            self.connection.send(job)
        except OSError:
            return  # it has died; take() will find out

    def take(self) -> Outcome | Progress | None:
        """What it has to say of its shard; None if the process has died."""
        try:
            heard: Outcome | Progress = self.connection.recv()
        except (EOFError, OSError):
            return None
        if not isinstance(heard, Progress):
            self._held = None
        return heard

    def ended(self) -> tuple[Job, int]:
        """The shard that it left undone."""
        assert self._held is not None
        self._process.join()
        return self._held

    def how_it_ended(self) -> str:
        code = self._process.exitcode or 0
        return f"signal {-code}, for want of memory perhaps" if code < 0 else f"exit code {code}"

    def stop(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join()


def _work(connection: Connection, how: How, do: Do) -> None:
    """The life of a worker: shards in, outcomes out."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            job: Job = connection.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            connection.send(do(job, how, connection.send))
        except (OSError, KeyboardInterrupt):
            return


def attempt(job: Job, how: How, tell: Tell | None = None) -> Outcome:
    """Do a shard with this process's engine; an error is an outcome, and ends nothing else."""
    try:
        return translate_shard(job, engine_of(how.model, how.engine), how, tell)
    except TweetaligError as error:
        return Failed(job.name, str(error))
    except Exception as error:
        return Failed(job.name, f"{job.source}: {type(error).__name__}: {' '.join(str(error).split())[:300]}")


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
