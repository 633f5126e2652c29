"""Peikao (培考): exam administration where whoever trains does not test.

The life of an exam is a line, and the folders stand in that order:
programme and bank, then papers, sittings, results, oversight. Later stages know
earlier ones, never the reverse. Beneath all of them lie access (who may do what),
journal (what was done) and kernel (clock, database, errors).
"""
