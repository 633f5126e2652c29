"""Pure rules of the exam day: phases, seats, the ticket's code."""
