"""Pictures of our pages on a desktop, a phone and paper, to be looked at.

    python benchmarks/screenshots.py FOLDER [BITEXT.jsonl]

Needs chromium, and pdftoppm (poppler-utils) for paper. Without a bitext it is the sample of
the tests. PDF is made by WeasyPrint as well, if it is installed.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from corpus.formats import format_for

SCREENS = {"desktop": (1280, 1600), "phone": (500, 1600)}  # headless windows are 500 wide or more
VIEWS = {"side-by-side": None, "interleaved": "interleaved"}


def chromium(*arguments: str) -> None:
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                str(shutil.which("chromium")),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                *arguments,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def paper(pdf: Path) -> None:
    subprocess.run(
        ["pdftoppm", "-r", "70", "-png", str(pdf), str(pdf.with_suffix(""))], check=True, timeout=60
    )


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        read = format_for(sys.argv[2]).read
        assert read is not None
        with Path(sys.argv[2]).open("rb") as stream:
            bitext = read(stream, sys.argv[2])
    else:
        from samples import sample_bitext

        bitext = sample_bitext()
    for name, view in VIEWS.items():
        page = folder / f"{name}.html"
        with page.open("wb") as stream:
            format_for(page.name).writer(view)(bitext, stream)
        for screen, (width, height) in SCREENS.items():
            picture = folder / f"{name}-{screen}.png"
            chromium(f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
        printed = folder / f"{name}-print.pdf"
        chromium("--no-pdf-header-footer", f"--print-to-pdf={printed}", page.as_uri())
        paper(printed)
        if importlib.util.find_spec("weasyprint"):
            made = folder / f"{name}-weasyprint.pdf"
            with made.open("wb") as stream:
                format_for(made.name).writer(view)(bitext, stream)
            paper(made)
    print(*sorted(str(path) for path in folder.glob("*.png")), sep="\n")


if __name__ == "__main__":
    main()
