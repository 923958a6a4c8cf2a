"""A worker's job that dies, in a module that a new process imports in no time."""

from __future__ import annotations

import os
import signal

from translate.corpora.shard import Done, How, Job, Outcome, Progress, Tell


def crash_on_bad(job: Job, _: How, tell: Tell) -> Outcome:
    """Stands in for translating: dies on "bad", and the first time on "shaky"."""
    tell(Progress(job.name, 1, 2, 3, 0.5))
    seen = job.output.with_suffix(".seen")
    if "bad" in job.name or ("shaky" in job.name and not seen.exists()):
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Done(job.name, "", "", 1, 1, 1, 0, 0.0)
