"""What can be an answer to an item of a kind. Delivery asks here, so that it need not know the bank."""

from collections.abc import Sequence

from service.bank.rules.items import ASKED, KIND_NAMES, LETTERS, TRUTHS, Kind

NAMES = {str(kind): name for kind, name in KIND_NAMES.items()}
ORDER: Sequence[str] = [str(kind) for kind in ASKED]
# Kinds whose options have letters; the two words of the other one need none, and no other order.
OF_LETTERS = frozenset(ORDER) - {str(Kind.TRUE_FALSE)}


def well_formed(kind: str, choice: str) -> bool:
    """Whether a choice can be an answer to an item of this kind; empty takes an answer back."""
    if not choice:
        return True
    if kind == Kind.TRUE_FALSE:
        return choice in TRUTHS
    in_order = choice == "".join(letter for letter in LETTERS if letter in choice)
    return in_order and (len(choice) == 1 or kind == Kind.MULTIPLE)
