"""What a text is: documents, readers, segmentation, alignment, bitexts and export formats.

This package knows nothing of translation models (``translate``) or of scores
(``eval``); both build on it.
"""
