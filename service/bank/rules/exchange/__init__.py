"""Items in the files that people really have: read into drafts, settled into items, planned against the bank.

Every format ends in the same :class:`drafts.Draft`, still in the words of the file, so that one judge settles them
all (``settling``) and one plan says what would happen to each (``planning``). What cannot be held is a fault or is
listed as left out; nothing is repaired that could be a mistake, and nothing is dropped in silence.
"""
