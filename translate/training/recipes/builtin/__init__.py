"""The recipe of the shipped model `builtin`: text, lexicon and training settings."""
