"""Shards on a Ray cluster (the extra ``ray``): a task a shard, by the same code as here.

Ray runs a task again whose worker or node died; a shard's output comes into being whole, so
none is done by halves or twice. Every node must see the input and output folders, and
the model, under the same paths, and have tweetalig installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from corpus.errors import SettingsError
from translate.corpora.local import ENOUGH_THREADS, attempt
from translate.corpora.shard import Failed, How, Job, Outcome

LOCAL = "local"  # a cluster on this machine, for this run
TRIES = 3  # more, of a task whose worker died


def run_on_ray(
    jobs: Sequence[Job], how: How, address: str, *, processes: int | None = None
) -> Iterator[Outcome]:
    """Do ``jobs`` on the cluster at ``address``; outcomes come as shards end.

    ``local`` starts one on this machine, for as long as it takes, with ``processes`` workers.
    A task asks for as many CPUs as its engine has threads.
    """
    ray = _ray()
    _connect(ray, address, how.engine.threads or 1, processes)
    try:
        threads = how.engine.threads or _threads(ray)
        how = replace(how, engine=replace(how.engine, threads=threads))
        task = ray.remote(attempt).options(num_cpus=threads, max_retries=TRIES, name="translate_shard")
        shared = ray.put(how)
        running = {task.remote(job, shared): job for job in jobs}
        while running:
            (ended, *_), _ = ray.wait(list(running), num_returns=1)
            job = running.pop(ended)
            yield _outcome(ray, ended, job)
    finally:
        ray.shutdown()


def _threads(ray: Any) -> int:
    """Threads that every node has CPUs for."""
    nodes = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    return max(1, min(ENOUGH_THREADS, *(int(cpus) for cpus in nodes if cpus)))


def _outcome(ray: Any, ended: Any, job: Job) -> Outcome:
    try:
        outcome: Outcome = ray.get(ended)
        return outcome
    except ray.exceptions.RayError as error:
        told = str(error).strip().splitlines()[0][:300]
        return Failed(job.name, f"{job.source}: {type(error).__name__}: {told}")


def _connect(ray: Any, address: str, threads: int, processes: int | None) -> None:
    # Ray would start a process that tells its makers how it is used.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet = {"logging_level": "ERROR", "log_to_driver": False, "include_dashboard": False}
    try:
        if address == LOCAL:
            cpus = processes * threads if processes else None
            ray.init(address=LOCAL, num_cpus=cpus, **quiet)
        else:
            ray.init(address=address, logging_level="ERROR", log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        told = " ".join(str(error).split())[:200]
        raise SettingsError(
            f"no Ray cluster could be had ({told})",
            where=f"--ray {address}",
            remedy="check the address, or use local",
        ) from None


def _ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise SettingsError("--ray needs Ray", remedy="install it: pip install 'tweetalig[ray]'") from None
    return ray
