"""How Dutch becomes English: models, engines, memory, glossary, corpora, training and the command line."""
