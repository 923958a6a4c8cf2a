"""COMET and XCOMET (Rei et al., EMNLP 2020; Guerreiro et al., TACL 2024), in an environment of their own.

Their package pins versions that exclude ours, so another Python runs them:
``comet_worker.py`` is started there with a request in a file and leaves its answer
in another.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from corpus.errors import ModelError, SettingsError
from eval.inputs import Material
from eval.metrics import Floats, SegmentMean

DEFAULT_MODEL = "Unbabel/wmt22-comet-da"
HOW_TO_GET = (
    "python3 -m venv comet && comet/bin/pip install unbabel-comet, then give --comet-python comet/bin/python"
)
_WORKER = Path(__file__).with_name("comet_worker.py")
_BATCH = 16


@dataclass(slots=True)
class Comet:
    """A COMET model run by the interpreter ``python``.

    Scores are the model's times 100; it sees the source, the hypothesis and the
    first reference.
    """

    python: Path
    model: str = DEFAULT_MODEL
    _version: str = field(default="", repr=False)

    @property
    def metric(self) -> SegmentMean:
        """See :class:`eval.evaluation.Scorer`. The version is known once something was scored."""
        label = f"model:{self.model}|ref:first|comet:{self._version or 'unknown'}"
        return SegmentMean("comet", "XCOMET" if "xcomet" in self.model.lower() else "COMET", label)

    def values(self, material: Material) -> Floats:
        """See :class:`eval.evaluation.Scorer`.

        Segments without any text are NaN. Raises :class:`SettingsError` without a
        source and :class:`ModelError` if COMET cannot be run.
        """
        if not material.source:
            raise SettingsError("COMET reads the source too", remedy="give --src")
        systems, segments = len(material.systems), len(material.ids)
        result = np.full((systems, segments), np.nan)
        places = []
        wanted = []
        for place, system in enumerate(material.systems):
            for index, references in enumerate(material.references):
                if references:
                    places.append((place, index))
                    wanted.append(
                        {
                            "src": material.source[index],
                            "mt": system.hypotheses[index],
                            "ref": references[0],
                        }
                    )
        for (place, index), score in zip(places, self._scores(wanted), strict=True):
            result[place, index] = 100 * score
        return result

    def _scores(self, segments: Sequence[dict[str, str]]) -> list[float]:
        with tempfile.TemporaryDirectory(prefix="tweetalig-comet-") as folder:
            request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
            content = {"model": self.model, "batch_size": _BATCH, "segments": list(segments)}
            request.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
            self._run(request, answer)
            try:
                found = json.loads(answer.read_text("utf-8"))
            except (OSError, ValueError):
                raise self._error("left no answer") from None
        if "error" in found:
            raise self._error(str(found["error"]))
        scores = found.get("scores")
        if not isinstance(scores, list) or len(scores) != len(segments):
            raise self._error(f"gave no score for each of {len(segments)} segments")
        if not all(isinstance(score, int | float) and np.isfinite(score) for score in scores):
            raise self._error("gave a score that is not a number")
        self._version = str(found.get("version", ""))
        return [float(score) for score in scores]

    def _run(self, request: Path, answer: Path) -> None:
        command = [str(self.python), str(_WORKER), str(request), str(answer)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        except OSError as error:
            raise self._error(f"cannot be run ({error.strerror})") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise self._error(f"ended with exit code {done.returncode}: {last}")

    def _error(self, problem: str) -> ModelError:
        return ModelError(f"COMET {problem}", where=str(self.python), remedy=HOW_TO_GET)
