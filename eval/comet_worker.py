"""Scores by COMET, run by the Python of an environment that has it, never by ours.

    PYTHON comet_worker.py REQUEST ANSWER

REQUEST is JSON: ``model`` (name or checkpoint), ``batch_size``, and ``segments``, a
list of {src, mt, ref}. ANSWER becomes JSON: ``scores`` (one a segment) and
``version``, or ``error``. Standard output is left to COMET's own messages. This file
imports nothing of ours, so that it runs where only COMET is installed.
"""

import json
import sys


def main(request_path: str, answer_path: str) -> None:
    """Read the request, score, write the answer."""
    with open(request_path, encoding="utf-8") as stream:  # noqa: PTH123
        request = json.load(stream)
    try:
        answer = score(request)  # type: ignore[no-untyped-call]
    except ImportError as error:
        answer = {"error": f"COMET is not installed there ({error})"}
    except Exception as error:  # whatever it is, the person at our end must hear of it
        answer = {"error": f"{type(error).__name__}: {error}"}
    with open(answer_path, "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump(answer, stream)


def score(request):  # type: ignore[no-untyped-def]
    """The answer to a request; see the top of this file."""
    import os
    from importlib.metadata import version

    from comet import download_model, load_from_checkpoint  # type: ignore[import-not-found]

    name = request["model"]
    path = name if os.path.exists(name) else download_model(name)  # noqa: PTH110
    model = load_from_checkpoint(path)
    try:
        import torch

        gpus = 1 if torch.cuda.is_available() else 0
    except ImportError:
        gpus = 0
    output = model.predict(request["segments"], batch_size=request["batch_size"], gpus=gpus)
    return {"scores": [float(value) for value in output.scores], "version": version("unbabel-comet")}


if __name__ == "__main__":
    main(*sys.argv[1:])
