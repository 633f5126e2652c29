"""What an answer earns."""

from service.bank.rules import filling
from service.bank.rules.items import Kind


def score(kind: Kind, key: str, choice: str, points: int) -> int:
    """All or nothing for every kind: the whole key, no more and no less (default rule, unconfirmed; DOMAIN §4).

    Of a fill-in any text that its key accepts is the whole of it. A written answer has earned nothing until people have
    marked it (``written``).
    """
    match kind:
        case Kind.SINGLE | Kind.TRUE_FALSE:
            return points if choice == key else 0
        case Kind.MULTIPLE:
            return points if set(choice) == set(key) else 0
        case Kind.FILL_IN:
            return points if filling.accepts(key, choice) else 0
        case Kind.WRITTEN:
            return 0
