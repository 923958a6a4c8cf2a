"""PDF: the bilingual page on paper, side by side, or one text under the other.

The page of ``.html`` is set by WeasyPrint (BSD licence), which is an extra: ``pip install
'tweetalig[pdf]'``. Nothing is fetched for it. The file is tagged for screen readers, and
carries the whole bitext as an attachment, ``bitext.jsonl``.
"""

from __future__ import annotations

import io
from typing import IO, Any, NoReturn

from corpus.bitext import Bitext
from corpus.errors import OutputError
from corpus.formats import Format, html, jsonl


def write(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write both texts side by side. Raises :class:`OutputError` without WeasyPrint."""
    _write(bitext, stream, "")


def write_interleaved(bitext: Bitext, stream: IO[bytes]) -> None:
    """Write each translation under its original."""
    _write(bitext, stream, "interleaved")


def _write(bitext: Bitext, stream: IO[bytes], view: str) -> None:
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        raise OutputError(
            f"PDF needs WeasyPrint, which cannot be loaded ({error})",
            remedy="install it with: pip install 'tweetalig[pdf]' (and Pango), or write .html and print it",
        ) from None
    page = "".join(html.page(bitext, view, printed=True))
    everything = io.BytesIO()
    jsonl.write(bitext, everything)
    attachment = weasyprint.Attachment(
        string=everything.getvalue(), name="bitext.jsonl", description="Both texts and all that is known"
    )
    document = weasyprint.HTML(string=page, url_fetcher=_refuse)
    stream.write(document.write_pdf(pdf_tags=True, attachments=[attachment]))


def _refuse(address: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError(f"nothing is fetched ({address[:80]})")


FORMAT = Format(
    "pdf",
    (".pdf",),
    "the page for paper (needs the extra 'pdf')",
    write,
    views={"interleaved": write_interleaved},
)
