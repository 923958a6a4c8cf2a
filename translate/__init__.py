"""How Dutch becomes English: models, engines, decoding, training and the command line."""
