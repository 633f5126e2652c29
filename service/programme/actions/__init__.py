"""The verbs of the programme: planning, opening classes, enrolling from a sheet, recording attendance, viewing."""
