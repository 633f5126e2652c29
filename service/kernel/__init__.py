"""Kernel: settings, clock, database, errors, decisions, guards, sealing, rendering, paging.

It knows nothing of exams. Everything above stands on it, and it imports none of them.
"""
