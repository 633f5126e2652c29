"""The verbs of the exam day, in its order: arranging, enrolling, tickets, checking in, answering, handing in."""
