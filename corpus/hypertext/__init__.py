"""HTML and XHTML as they stand in their file: what is text, where, and in what.

Pages are cut into tokens with their offsets and never parsed into a tree and
written out again: a translated page is the old one, character for character, with
other words in it.
"""
