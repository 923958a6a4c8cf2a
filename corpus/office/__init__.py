"""Documents of word processors: Word's (OOXML) and OpenDocument's.

A file is taken apart into paragraphs, each with its text, its marks and the elements
that stand for them; a translated one gets new runs made from those elements. What is
no paragraph (styles, sections, drawings, fields, settings) is never touched.
"""
