"""Journal: the append-only record of what was done, by whom, when.

Every act writes its entry in its own transaction: both are there, or neither. Entries form a chain, each
holding the hash of the one before; the database refuses to update or delete them, and
``scripts/verify_journal`` recomputes the chain without sharing a line of code with this package.
The catalogue of events is in ``rules``. Reading the record is the business of ``oversight``.
"""
