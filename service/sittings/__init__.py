"""Sittings: the exam day, from exam points and seats to the moment an answer sheet is handed in.

The bureau arranges sittings, county proctors check people in and watch over the room, candidates sit. The state of a
sitting (planned, check-in, running, ended) and of a seat (expected, refused, admitted, working, handed in, absent)
is never stored: ``rules`` derives it from the configuration, the events and ``now``. An acknowledged answer is on disk.
Sittings know classes and opened papers; they may not import the bank, nor any answer key.
"""
