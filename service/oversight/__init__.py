"""Oversight: what the finished exams say, and the reading of the record. It writes its own readings and certificates.

The HR bureau reads pass rates here, by page or by API; auditors read the journal. Every rate comes with its
numerator and its denominator, and counts published results only, so that no query can leak an unpublished mark.
Once the results of a class are published, who did what for it is signed, without anybody's asking.
"""
