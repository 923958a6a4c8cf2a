"""OmegaT translates with our memory, and axe-core finds nothing wrong with our pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from samples import sample_bitext

from corpus.formats import format_for

PROJECT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<omegat><project version="1.0"><source_dir>__DEFAULT__</source_dir><target_dir>__DEFAULT__</target_dir>
<tm_dir>__DEFAULT__</tm_dir><glossary_dir>__DEFAULT__</glossary_dir><glossary_file>__DEFAULT__</glossary_file>
<dictionary_dir>__DEFAULT__</dictionary_dir><source_lang>NL</source_lang><target_lang>EN</target_lang>
<sentence_seg>false</sentence_seg><support_default_translations>true</support_default_translations>
<remove_tags>false</remove_tags></project></omegat>
"""


@pytest.mark.skipif(shutil.which("omegat") is None, reason="OmegaT is not installed")
def test_omegat_translates_with_our_memory_and_opens_our_xliff(tmp_path: Path) -> None:
    for folder in ("source", "target", "tm/auto", "omegat", "glossary", "dictionary"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "omegat.project").write_text(PROJECT, "utf-8")
    bitext = sample_bitext()
    whole = [bead for bead in bitext.beads if bead.source and bitext.target_text(bead)]
    # Text without markup matches what a memory holds without markup: level 1.
    with (tmp_path / "tm/auto/ours.tmx").open("wb") as stream:
        format_for("x.tmx").writer("level-1")(bitext, stream)
    with (tmp_path / "source/ours.xlf").open("wb") as stream:
        format_for("x.xlf").write(bitext, stream)
    text = "\n\n".join(bitext.source_text(bead) for bead in whole) + "\n"
    (tmp_path / "source/plain.txt").write_text(text, "utf-8")
    done = subprocess.run(
        ["omegat", str(tmp_path), "--mode=console-translate", f"--config-dir={tmp_path / 'conf'}", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    translated = (tmp_path / "target/plain.txt").read_text("utf-8").strip().split("\n\n")
    assert translated == [bitext.target_text(bead) for bead in whole]
    # And the XLIFF comes out as XLIFF that we read, with every unit.
    read = format_for("x.xlf").read
    assert read is not None
    with (tmp_path / "target/ours.xlf").open("rb") as stream:
        back = read(stream, "ours.xlf")
    assert [b.id for b in back.beads] == [b.id for b in bitext.beads]
    assert [back.source_text(b) for b in back.beads] == [bitext.source_text(b) for b in bitext.beads]


MODULES = "TWEETALIG_NODE_MODULES"


@pytest.mark.skipif(
    MODULES not in os.environ, reason=f"{MODULES} names no folder with axe-core and playwright-core"
)
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_axe_finds_no_violation(tmp_path: Path) -> None:
    """On wide and narrow screens, in light and dark: our pages, and the chapters of the book."""
    pages = []
    for name, view in (("x.html", None), ("x.html", "interleaved"), ("x.epub", None), ("x.epub", "reveal")):
        path = tmp_path / f"{view}-{name}"
        with path.open("wb") as stream:
            format_for(name).writer(view)(sample_bitext(), stream)
        if path.suffix == ".html":
            pages.append(path)
        else:
            with zipfile.ZipFile(path) as file:
                file.extractall(tmp_path / str(view))
            pages += sorted((tmp_path / str(view) / "book").glob("*.xhtml"))
    assert len(pages) == 8
    done = subprocess.run(
        [
            "node",
            str(Path(__file__).with_name("axe.mjs")),
            os.environ[MODULES],
            str(shutil.which("chromium")),
            *map(str, pages),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [item for item in found if "id" in item] == []
    assert len(found) == 2 * 4 + 6 and min(item["passes"] for item in found) > 10


def test_the_books_pages_are_well_formed(tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    with path.open("wb") as stream:
        format_for(path.name).write(sample_bitext(), stream)
    with zipfile.ZipFile(path) as file:
        assert file.infolist()[0].filename == "mimetype"
        assert file.infolist()[0].compress_type == zipfile.ZIP_STORED
        for name in file.namelist():
            if name.endswith((".xhtml", ".opf", ".xml")):
                etree.fromstring(file.read(name))
