"""The verbs of papers: assembling and approving, sealing, opening; and ``keys``, the only door to answer keys."""
