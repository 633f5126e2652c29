"""What a list, an export or a page of the bank is narrowed by."""

from dataclasses import asdict, dataclass

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind, Level, State


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Everything that may be asked of item versions at once; what is empty asks nothing."""

    state: State | None = None
    kind: Kind | None = None
    level: Level | None = None
    role: TraineeRole | None = None
    difficulty: int | None = None
    subject: str = ""
    edition: str = ""
    enemy: str = ""
    tag: str = ""
    text: str = ""

    def named(self) -> dict[str, str]:
        """What is asked, as it stands in an address and in the journal."""
        return {name: str(value) for name, value in asdict(self).items() if value}
