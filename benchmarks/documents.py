"""Time and memory of reading a document and writing it back, as it grows.

    python benchmarks/documents.py [FORMAT ...]

For each format a document of one long paragraph, with markup in every sentence, is made
at one size and at four times it; each is read, segmented and written back with its own
text as translation, in a process of its own. Printed: seconds, and how many times as
long and as large the larger one is. Linear work takes four times as long.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

FORMATS = ("html", "md", "srt", "docx", "odt", "epub")
BOLD = "</w:t></w:r><w:r>"  # where another run begins
SMALL = 250_000  # characters; four times as many are the large document


def main() -> None:
    print(f"{'format':8}{'small, s':>10}{'large, s':>10}{'times':>8}{'MB':>8}{'times':>8}")
    for kind in sys.argv[1:] or FORMATS:
        small, large = (measured(kind, size) for size in (SMALL, 4 * SMALL))
        times = large["seconds"] / small["seconds"]
        grown = large["megabytes"] / small["megabytes"]
        row = f"{kind:8}{small['seconds']:10.1f}{large['seconds']:10.1f}{times:8.1f}"
        print(f"{row}{large['megabytes']:8.0f}{grown:8.1f}", flush=True)


def measured(kind: str, size: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", kind, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one(kind: str, size: int) -> None:
    from documents import rewritten

    data = made(kind, size)
    start = time.perf_counter()
    rewritten(data, f"a.{kind}")
    seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def made(kind: str, size: int) -> bytes:
    from documents import book, odt_document, page, word_body

    plain = "De brug over het kanaal blijft nog zeker tien jaar dicht, zegt de {0}wethouder{1} van verkeer. "
    opening, closing = {
        "md": ("**", "**"), "srt": ("<i>", "</i>"),
        "odt": ('<text:span text:style-name="T1">', "</text:span>"),
        "docx": (f"{BOLD}<w:rPr><w:b/></w:rPr><w:t>", f'{BOLD}<w:t xml:space="preserve">'),
    }.get(kind, ("<b>", "</b>"))  # fmt: skip
    body = plain.format(opening, closing) * (size // len(plain))
    if kind == "docx":
        return word_body(f'<w:p><w:r><w:t xml:space="preserve">{body}</w:t></w:r></w:p>')
    if kind == "odt":
        return odt_document(f"<text:p>{body}</text:p>")
    if kind == "epub":
        return book({"Een": f"<p>{body}</p>"})
    if kind == "srt":
        return f"1\n00:00:01,000 --> 00:00:02,000\n{body}\n".encode()
    return page(f"<p>{body}</p>") if kind == "html" else body.encode()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        main()
