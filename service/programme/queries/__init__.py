"""Reads of the programme: plans and institutions, classes with their rosters and hours, and look-ups for imports."""
