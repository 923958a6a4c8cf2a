# ruff: noqa: E501  (markup is easier to read in lines of its own length)
"""Documents that the tests make: Dutch, small, and with every kind of markup in them.

They are put together here, by python-docx or by hand, and never read from a file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from corpus.bitext import Bead, Bitext, Link, target_document
from corpus.document import Document
from corpus.readers import read_document
from corpus.segmentation import segment
from corpus.words import words
from corpus.writeback import WriteReport, write_back

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def bitext_of(document: Document, translate: Callable[[str], str] = str) -> Bitext:
    """A bitext with ``translate`` of each segment, word linked to word by their places."""
    target = target_document(document, [translate(one.text) for one in document.segments], "en")
    beads = []
    for source, made in zip(document.segments, target.segments, strict=True):
        count = min(len(words(source.text)), len(words(made.text)))
        beads.append(
            Bead(source.id, (source.id,), (source.id,), links=tuple(Link(n, n) for n in range(count)))
        )
    return Bitext(document, target, tuple(beads))


def rewritten(
    data: bytes, name: str, translate: Callable[[str], str] = str, choice: str | None = None
) -> tuple[bytes, WriteReport]:
    """A document with its segments translated, and the report."""
    document = segment(read_document(data, name, choice=choice))
    stream = io.BytesIO()
    report = write_back(data, bitext_of(document, translate), stream)
    return stream.getvalue(), report


def packed(members: Mapping[str, str | bytes], *stored: str) -> bytes:
    """A zip file; the members named in ``stored`` are not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


# Word


_FIELD = (
    '<w:fldChar w:fldCharType="begin"/>', '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
    '<w:fldChar w:fldCharType="separate"/>', "<w:t>1</w:t>", '<w:fldChar w:fldCharType="end"/>',
)  # fmt: skip
_BOX = """<w:r %s
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml">
<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:extent cx="2400000" cy="500000"/>
<wp:docPr id="7" name="Kader" descr="Een kader met tekst"/><a:graphic>
<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>
<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="2400000" cy="500000"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr>
<wps:txbx><w:txbxContent><w:p><w:r><w:t>Tekst in een kader.</w:t></w:r></w:p></w:txbxContent></wps:txbx>
<wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>Tekst in een kader.</w:t></w:r></w:p>
</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"""


def word_document() -> bytes:
    """A .docx with runs, a link, a field, breaks, lists, a table, a text box, header and footer."""
    document = docx.Document()
    document.core_properties.title = "Verslag van de brug"
    document.core_properties.author = "Kim de Wit"
    document.add_heading("De brug over het kanaal", 1)
    paragraph = document.add_paragraph("De ")
    paragraph.add_run("oude").bold = True
    paragraph.add_run(" brug").bold = True  # Word cuts runs as it pleases
    paragraph.add_run(" over het kanaal blijft ")
    paragraph.add_run("zeker").italic = True
    paragraph.add_run(" dicht. Dat zegt ")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    related = document.part.relate_to("https://example.org/", kind, is_external=True)
    paragraph._p.append(
        parse_xml(
            f'<w:hyperlink {nsdecls("w", "r")} r:id="{related}"><w:r><w:rPr><w:u w:val="single"/></w:rPr>'
            "<w:t>de wethouder</w:t></w:r></w:hyperlink>"
        )
    )
    paragraph.add_run(" van verkeer.\nTweede regel\tmet tab. Pagina ")
    for part in _FIELD:
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{part}</w:r>"))
    paragraph.add_run(" volgt.")
    document.add_paragraph("Een eerste punt.", style="List Bullet")
    document.add_paragraph("Een tweede punt.", style="List Bullet")
    document.add_paragraph("Wie wacht, wint.", style="Quote")
    table = document.add_table(2, 2)
    for row, texts in enumerate([("Jaar", "Kosten"), ("2025", "Een miljoen euro")]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    document.sections[0].header.paragraphs[0].text = "Gemeente Rijndam"
    document.sections[0].footer.paragraphs[0].text = "Voor intern gebruik"
    box = document.add_paragraph("Bij deze alinea hangt een kader.")
    box._p.append(parse_xml(_BOX % nsdecls("w")))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def word_body(paragraphs: str, **parts: str) -> bytes:
    """A bare .docx with these paragraphs (WordprocessingML) and further parts (footnotes ...)."""
    space = nsdecls("w", "r")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}/{name}" Target="{name}.xml"/>'
        for n, name in enumerate(parts, start=1)
    )
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{main}.{name}+xml"/>' for name in parts
    )
    return packed(
        {
            "[Content_Types].xml": f'{XML}<Types xmlns="{types}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}.document.main+xml"/>{overrides}</Types>',
            "_rels/.rels": f'{XML}<Relationships xmlns="{rels}"><Relationship Id="rId1" '
            f'Type="{kind}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'{XML}<Relationships xmlns="{rels}">{related}</Relationships>',
            "word/document.xml": f"{XML}<w:document {space}><w:body>{paragraphs}</w:body></w:document>",
            **{f"word/{name}.xml": XML + content.replace("SPACE", space) for name, content in parts.items()},
        }
    )


# OpenDocument


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_SPACES = " ".join(
    f'xmlns:{prefix}="{space}"'
    for prefix, space in {
        "office": f"{_ODF}:office:1.0", "text": f"{_ODF}:text:1.0", "style": f"{_ODF}:style:1.0",
        "table": f"{_ODF}:table:1.0", "draw": f"{_ODF}:drawing:1.0", "svg": f"{_ODF}:svg-compatible:1.0",
        "fo": f"{_ODF}:xsl-fo-compatible:1.0", "meta": f"{_ODF}:meta:1.0", "xlink": "http://www.w3.org/1999/xlink",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)  # fmt: skip

ODT_BODY = (
    '<text:h text:style-name="Heading_20_1" text:outline-level="1">De brug over het kanaal</text:h>'
    '<text:p>De <text:span text:style-name="T1">oude</text:span><text:span text:style-name="T1"> brug</text:span>'
    ' over het kanaal blijft <text:span text:style-name="T9">zeker </text:span>dicht.<text:note text:id="n1" '
    'text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
    "<text:p>Tot na de zomer.</text:p></text:note-body></text:note> Dat zegt "
    '<text:a xlink:type="simple" xlink:href="https://example.org/">de wethouder</text:a> van verkeer.'
    '<text:line-break/>Pagina <text:page-number text:select-page="current">1</text:page-number> volgt.</text:p>'
    "<text:list><text:list-item><text:p>Een eerste punt.</text:p></text:list-item>"
    "<text:list-item><text:p>Een tweede punt.</text:p></text:list-item></text:list>"
    "<table:table><table:table-column/><table:table-column/><table:table-row>"
    "<table:table-cell><text:p>Jaar</text:p></table:table-cell>"
    "<table:table-cell><text:p>Kosten</text:p></table:table-cell></table:table-row></table:table>"
    '<text:p>Bij deze alinea hangt een kader.<draw:frame svg:width="5cm" svg:height="1cm" '
    'text:anchor-type="as-char"><draw:text-box><text:p>Tekst in een kader.</text:p></draw:text-box>'
    "<svg:desc>Een kader met tekst</svg:desc></draw:frame></text:p>"
)


def odt_document(body: str = ODT_BODY) -> bytes:
    """An .odt with spans, a footnote, a link, a field, a list, a table, a text box and a header."""
    mime = "application/vnd.oasis.opendocument.text"
    styles = (
        '<office:automatic-styles><style:style style:name="T1" style:family="text"><style:text-properties '
        'fo:font-weight="bold"/></style:style><style:style style:name="T9" style:family="text">'
        '<style:text-properties fo:language="nl" fo:country="NL"/></style:style></office:automatic-styles>'
    )
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (
            ("/", mime),
            ("content.xml", "text/xml"),
            ("styles.xml", "text/xml"),
            ("meta.xml", "text/xml"),
        )
    )
    return packed(
        {
            "mimetype": mime,
            "content.xml": f'{XML}<office:document-content {_ODF_SPACES} office:version="1.3">{styles}'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "styles.xml": f'{XML}<office:document-styles {_ODF_SPACES} office:version="1.3"><office:automatic-styles>'
            '<style:page-layout style:name="pm1"><style:page-layout-properties fo:page-width="21cm" '
            'fo:page-height="29.7cm" fo:margin="2cm"/><style:header-style/></style:page-layout>'
            '</office:automatic-styles><office:master-styles><style:master-page style:name="Standard" '
            'style:page-layout-name="pm1"><style:header><text:p>Gemeente Rijndam</text:p></style:header>'
            "</style:master-page></office:master-styles></office:document-styles>",
            "meta.xml": f'{XML}<office:document-meta {_ODF_SPACES} office:version="1.3"><office:meta>'
            "<dc:title>Verslag van de brug</dc:title><meta:initial-creator>Kim de Wit</meta:initial-creator>"
            "</office:meta></office:document-meta>",
            "META-INF/manifest.xml": f'{XML}<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0" '
            f'manifest:version="1.3">{entries}</manifest:manifest>',
        },
        "mimetype",
    )


# E-books


def book(chapters: Mapping[str, str] | None = None) -> bytes:
    """An EPUB 3 with the contents of EPUB 2 besides; ``chapters`` are titles and bodies."""
    chapters = chapters or {
        "De overkant": '<p>De <em>oude</em> pont vaart&#160;weer.<a epub:type="noteref" href="#n1">1</a> '
        'De schipper lacht.</p>\n<aside epub:type="footnote" id="n1"><p>Sinds 1900.</p></aside>',
        "Terug": "<p>Het water is <b>hoog</b> &amp; koud.<br/>De boot ligt stil.</p>",
    }
    titles = list(chapters)
    files = [f"c{n}.xhtml" for n in range(len(titles))]
    items = "".join(
        f'<item id="c{n}" href="{file}" media-type="application/xhtml+xml"/>' for n, file in enumerate(files)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(files)))
    linked = "".join(f'<li><a href="{f}">{t}</a></li>' for f, t in zip(files, titles, strict=True))
    points = "".join(
        f'<navPoint id="p{n}"><navLabel><text>{t}</text></navLabel><content src="{f}"/></navPoint>'
        for n, (f, t) in enumerate(zip(files, titles, strict=True))
    )
    name = "urn:uuid:7c2b1c9e-1111-4222-8333-123456789abc"
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": f'{XML}<container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OPS/book.opf" '
        'media-type="application/oebps-package+xml"/></rootfiles></container>',
        "OPS/book.opf": f'{XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id" xml:lang="nl"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{name}</dc:identifier><dc:title>De pont</dc:title><dc:language>nl</dc:language>'
        '<dc:creator>Kim de Wit</dc:creator><meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>'
        '</metadata><manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" '
        'properties="nav"/><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        f'<item id="css" href="s.css" media-type="text/css"/>{items}</manifest><spine toc="ncx">{spine}</spine></package>',
        "OPS/s.css": "p { margin: 0 }",
        "OPS/toc.ncx": f'{XML}<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="nl">'
        f'<head><meta name="dtb:uid" content="{name}"/></head><docTitle><text>De pont</text></docTitle>'
        f"<navMap>{points}</navMap></ncx>",
        "OPS/nav.xhtml": _book_page("Inhoud", f'<nav epub:type="toc"><h1>Inhoud</h1><ol>{linked}</ol></nav>'),
    }
    for file, title in zip(files, titles, strict=True):
        members[f"OPS/{file}"] = _book_page(title, f"<section><h1>{title}</h1>{chapters[title]}</section>")
    return packed(members, "mimetype")


def _book_page(title: str, body: str) -> str:
    return (
        f'{XML}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:epub="http://www.idpf.org/2007/ops" lang="nl" xml:lang="nl">\n'
        f'<head><title>{title}</title><link rel="stylesheet" type="text/css" href="s.css"/></head>\n'
        f"<body>{body}</body></html>"
    )


# Web pages


def page(body: str, head: str = "<title>Krant</title>") -> bytes:
    return f'<!DOCTYPE html>\n<html lang="nl"><head>{head}</head><body>{body}</body></html>'.encode()


NEWS = """<!DOCTYPE html>
<html lang="nl-NL" class='no-js'>
<head><meta charset="utf-8"><title>De brug over het kanaal blijft dicht | De Stadskrant</title>
<meta name=author content="Kim de Wit"><meta property="article:published_time" content="2026-03-02T10:00">
<script>var x = "<p>geen tekst</p>";</script><style>p { color: red }</style></head>
<body>
<nav class="menu"><ul><li><a href="/">Voorpagina</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<div id=wrap><header><a href="/">De Stadskrant</a></header>
<main><article class="story big">
<h1>De brug over het kanaal blijft dicht</h1>
<p class=lead>De <b>oude brug</b> over het kanaal blijft zeker tot <i>juni</i> dicht voor auto&#39;s &amp;
fietsers.<sup id="r1"><a href="#n1">1</a></sup></p>
<figure><img src="brug.jpg" alt="De brug in de mist"><figcaption>De brug in de mist</figcaption></figure>
<p>Volgens <a href="https://example.org/?a=1&b=2" title="Over de wethouder">wethouder Anja Smit</a> is het hout
verrot.<br>Het herstel kost 2,4 miljoen euro.</p>
<div class="share-buttons"><a href="#">Deel dit bericht</a></div>
<h2>Wat nu?</h2>
<ul><li>Fietsers nemen <em>de pont</em>.</li><li>Auto's rijden om.</li></ul>
<aside><h3>Lees ook</h3><p>Een andere brug die ook heel lang dicht bleef, dat schreven we vorige week al.</p></aside>
<blockquote>„We doen wat we kunnen”, zegt Smit.</blockquote>
<pre>def x(): pass</pre>
<p>Eerste alinea hier.<br><br>Tweede alinea daar.
</article></main>
<footer><p>Copyright De Stadskrant, alle rechten voorbehouden, lees onze algemene voorwaarden goed.</p></footer>
</div>
<!-- einde --></body></html>
"""
