"""Corpora: many shards translated, on this machine or on a Ray cluster.

* :mod:`translate.corpora.shard` translates one shard: the same code everywhere;
* :mod:`translate.corpora.manifest` remembers which shards are done, and of what;
* :mod:`translate.corpora.local` and :mod:`translate.corpora.distributed` run shards;
* :mod:`translate.corpora.run` plans, runs and reports.
"""
