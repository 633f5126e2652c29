"""What the bank holds for a role beside what its blueprint needs, so that authors know what to write.

How often items were used is left out on purpose: together with what is in the bank it would tell authors what is in
papers that are still sealed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.access.rules.people import TraineeRole
from service.bank.rules.items import ASKED, Kind
from service.papers.rules.blueprint import Band, Blueprint

# An A and a B form, which share nothing.
FORMS = 2


@dataclass(frozen=True, slots=True)
class Held:
    """One eligible item, as far as coverage asks."""

    regulation: str
    kind: Kind
    band: Band


@dataclass(frozen=True, slots=True)
class Row:
    """One regulation: items by band and by kind, and how many of each kind the two forms of one paper need."""

    regulation: str
    bands: Mapping[Band, int]
    kinds: Mapping[Kind, int]
    needs: Mapping[Kind, int]

    @property
    def total(self) -> int:
        return sum(self.kinds.values())

    @property
    def needed(self) -> int:
        return sum(self.needs.values())

    @property
    def papers(self) -> int | None:
        """For how many papers there are items without using one twice; None where none is needed."""
        return min((self.kinds.get(kind, 0) // needed for kind, needed in self.needs.items() if needed), default=None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """All regulations of a role; ``bands`` is the least number of each band that the two forms of one paper need,
    ``cases`` how many whole cases there are, and ``cases_needed`` of them for the two forms."""

    role: TraineeRole
    rows: tuple[Row, ...]
    bands: Mapping[Band, int]
    cases: int = 0
    cases_needed: int = 0

    @property
    def widest(self) -> int:
        """The longest bar of the chart."""
        return max((max(row.total, row.needed) for row in self.rows), default=0)

    @property
    def held(self) -> Mapping[Band, int]:
        """Items by band over all regulations."""
        return {band: sum(row.bands[band] for row in self.rows) for band in Band}


def coverage(role: TraineeRole, held: Iterable[Held], plan: Blueprint | None, cases: int = 0) -> Coverage:
    """What there is beside what is needed; without a blueprint nothing is needed."""
    found = list(held)
    bands = Counter((one.regulation, one.band) for one in found)
    kinds = Counter((one.regulation, one.kind) for one in found)
    cells = plan.cells if plan is not None else {}
    regulations = sorted({one.regulation for one in found} | {regulation for regulation, _ in cells})
    rows = tuple(
        Row(
            regulation,
            {band: bands[regulation, band] for band in Band},
            {kind: kinds[regulation, kind] for kind in ASKED},
            {kind: FORMS * cells.get((regulation, kind), 0) for kind in ASKED},
        )
        for regulation in regulations
    )
    least = {one.value: FORMS * one.least for one in plan.ranges if one.axis == "band"} if plan is not None else {}
    wanted = FORMS * plan.cases.least if plan is not None else 0
    return Coverage(role, rows, {band: least.get(band, 0) for band in Band}, cases, wanted)
