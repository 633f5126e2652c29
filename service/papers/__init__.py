"""Papers: a separate paper for each class (按班次单独出卷), with an A form and a spare B form that share no item.

The assembler sets a paper by blueprint, bank and a recorded seed; a second person approves and seals it; two
proctors open it inside its window. The moves are the table ``rules.states.MOVES``:
assembled → approved → sealed → opened, or assembled → rejected. A sealed form is ciphertext that carries its
own copy of the texts, so delivery never needs the bank. Keys lie apart, behind ``actions.keys``, the only door
to them; only this slice and marking may import it. Papers know classes and the bank, but no sitting and no candidate.
"""
