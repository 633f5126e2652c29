"""Oversight: what the finished exams say, and the reading of the record. It writes nothing but its own readings.

The HR bureau reads pass rates here, by page or by API; auditors read the journal. Every rate comes with its
numerator and its denominator, and counts published results only, so that no query can leak an unpublished mark.
"""
