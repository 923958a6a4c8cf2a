"""Alignment: which segments, and which words, of two texts answer to each other.

:mod:`~corpus.alignment.documents` pairs two documents; :mod:`~corpus.alignment.sentences`
does the work on segments, by :mod:`~corpus.alignment.search` over what
:mod:`~corpus.alignment.beads` knows of every bead from any
:mod:`~corpus.alignment.similarity`; :mod:`~corpus.alignment.words` links words.
"""
