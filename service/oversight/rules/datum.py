"""One entry of the data map, and the words that many of them share."""

from dataclasses import dataclass

from service.oversight.rules.retention import Kept

# The table of entries for columns of one name wherever they are.
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Datum:
    """One kind of personal data. ``kept`` names the rule of retention that it follows; ``None`` has none of its own."""

    table: str
    columns: tuple[str, ...]
    name: str
    purpose: str
    guard: str
    kept: Kept | None = Kept.RESULTS


SEALED = "AES-256-GCM under the person secret, bound to its row"
REACH = "shown within the reach of a right only"
ANSWERS = Kept.ANSWERS
BY_NUMBER = "a number or a label with a number, never a name"
