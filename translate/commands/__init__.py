"""The sub-commands of ``tweetalig``: one module each, with a click command named ``command``."""
