"""What a person may do in the small world of the proof: states, and every act that the rules permit in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from service.access.rules import separation
from service.access.rules.duties import EXAM_DUTIES, MAKERS, Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.separation import TEACH, Scope

DONE = 2
# A relative at the institution that teaches the class; work for it, or a secondment to it, whichever.
RELATIVE, WORK = "a relative", "declared work"
DECLARED = frozenset({RELATIVE, WORK})
SUBJECTS = (Scope.ITEM, Scope.BLUEPRINT, Scope.PAPER, Scope.CLASS)


@dataclass(frozen=True, slots=True)
class State:
    """A person: accounts with the duties in each, ties to an institution, and deeds on the item, paper and class.

    ``past``: duties of making that were used once, which is never forgotten, or held lately. ``parts``: teaching, or
    being on the roster of a class.
    """

    accounts: tuple[tuple[Kind, frozenset[Duty]], ...] = ()
    ties: frozenset[str] = frozenset()
    deeds: frozenset[tuple[Scope, str]] = frozenset()
    past: frozenset[tuple[str, Duty]] = frozenset()
    parts: frozenset[str] = frozenset()

    @property
    def made(self) -> frozenset[Duty]:
        """The duties by which the person knows questions, as far as anybody remembers."""
        return self.held | {duty for _, duty in self.past}

    @property
    def held(self) -> frozenset[Duty]:
        """What the person holds in all accounts together."""
        return frozenset[Duty]().union(*(duties for _, duties in self.accounts))

    @property
    def employers(self) -> frozenset[Kind]:
        """The kinds of bodies that the person is tied to."""
        kinds = {kind for kind, _ in self.accounts if kind is not Kind.INSTITUTION}
        return frozenset(kinds | {Kind.INSTITUTION} if self.ties - {RELATIVE} else kinds)

    def done(self, scope: Scope) -> frozenset[str]:
        """What the person has done to the one subject of this kind."""
        return frozenset(duty for where, duty in self.deeds if where is scope)


Move = tuple[str, State]


@dataclass(frozen=True, slots=True)
class World:
    """What may be tried: accounts where and how many, duties at a time, whether they are used, and whether the person
    turns to teaching or sitting.
    """

    title: str
    kinds: tuple[Kind, ...]
    accounts: int
    held: int
    deeds: bool = False
    turns: bool = False


# The same search three times, cut where nothing meets: who comes to hold what does not depend on what was done to a
# subject, and what may be done to it depends on the duty, the ties and the deeds alone.
WORLDS = (
    World("grants", tuple(Kind), 2, 2),
    World("deeds", (Kind.BUREAU,), 1, 1, deeds=True),
    World("questions", (Kind.BUREAU,), 1, 1, turns=True),
)


def moves(world: World, state: State) -> Iterator[Move]:
    """Every act that the rules permit, in words, with the state it leads to."""
    yield from _openings(world, state)
    for place, (kind, duties) in enumerate(state.accounts):
        yield from _charges(world, state, place, kind)
        for duty in sorted(duties):
            yield f"revoke {duty} from the account of the {kind}", _revoked(world, state, place, duty)
            if world.deeds and duty in EXAM_DUTIES:
                yield from _uses(state, duty)
    yield from _turns(state) if world.turns else _nearing(state)


def _nearing(state: State) -> Iterator[Move]:
    """What brings a person near to the one class: ties, teaching it, being on its roster."""
    for tie in sorted(DECLARED) if not state.ties else ():
        yield f"declare a tie by {tie}", replace(state, ties=state.ties | {tie})
    if "teaching" not in state.ties:
        # Registered for a new class, which nobody can have done anything to; an older one is another class.
        yield "teach a class of an institution", replace(state, ties=state.ties | {"teaching"}, deeds=_TAUGHT)
    for tie in sorted(state.ties):
        yield f"let the time of the tie by {tie} run out", replace(state, ties=state.ties - {tie})
    sits = separation.may_act(Duty.SIT, state.done(Scope.CLASS), Scope.CLASS)
    if sits.allowed:
        yield from _deed(state, Scope.CLASS, Duty.SIT, "be put on the roster of the class")


def _turns(state: State) -> Iterator[Move]:
    """Using a duty of making on anything; coming to teach or to sit anywhere; and time, which forgets some of it."""
    for duty in sorted(MAKERS & state.held):
        if ("used", duty) not in state.past and may_use(state, duty, Scope.ITEM):
            yield f"use {duty} on some item or paper", replace(state, past=state.past | {("used", duty)})
    for part, words in _PARTS.items():
        if part not in state.parts and separation.may_turn_to(part, state.made).allowed:
            yield words, replace(state, parts=state.parts | {part})
    for how, duty in sorted(state.past):
        if how == "held":
            yield f"let it be long ago that {duty} was held", replace(state, past=state.past - {(how, duty)})
    if Duty.SIT in state.parts:
        yield "let it be long ago that the person was on a roster", replace(state, parts=state.parts - {Duty.SIT})


def _revoked(world: World, state: State, place: int, duty: Duty) -> State:
    after = _with_duties(state, place, state.accounts[place][1] - {duty})
    if world.turns and duty in MAKERS:
        return replace(after, past=after.past | {("held", duty)})
    return after


_PARTS: Mapping[str, str] = {TEACH: "teach some class as a guest", Duty.SIT: "be put on the roster of some class"}
_TAUGHT: frozenset[tuple[Scope, str]] = frozenset({(Scope.CLASS, TEACH)})


def _openings(world: World, state: State) -> Iterator[Move]:
    if len(state.accounts) == world.accounts:
        return
    for kind in world.kinds:
        if separation.may_join(kind, state.held).allowed:
            ties = state.ties | {"account"} if kind is Kind.INSTITUTION else state.ties
            yield f"open an account of the {kind}", replace(state, accounts=_ordered(state, kind), ties=ties)


def _ordered(state: State, kind: Kind) -> tuple[tuple[Kind, frozenset[Duty]], ...]:
    return tuple(sorted((*state.accounts, (kind, frozenset[Duty]())), key=lambda one: (one[0], sorted(one[1]))))


def _charges(world: World, state: State, place: int, kind: Kind) -> Iterator[Move]:
    if len(state.held) >= world.held:
        return
    for duty in Duty:
        held = state.held | state.parts
        if duty not in held and separation.may_receive(kind, duty, held, state.employers).allowed:
            after = _with_duties(state, place, state.accounts[place][1] | {duty})
            yield f"grant {duty} to the account of the {kind}", after


def _with_duties(state: State, place: int, duties: frozenset[Duty]) -> State:
    kind, _ = state.accounts[place]
    accounts = (*state.accounts[:place], (kind, duties), *state.accounts[place + 1 :])
    return replace(state, accounts=tuple(sorted(accounts, key=lambda one: (one[0], sorted(one[1])))))


def _uses(state: State, duty: Duty) -> Iterator[Move]:
    for scope in SUBJECTS:
        if may_use(state, duty, scope):
            yield from _deed(state, scope, duty, f"use {duty} on the {scope}")


def may_use(state: State, duty: Duty, scope: Scope) -> bool:
    """Whether the duty may be used on the one subject of this kind."""
    near = scope is Scope.CLASS and RELATIVE in state.ties
    held = state.held | state.parts
    return separation.may_use(duty, held, state.employers, state.done(scope), scope, near=near).allowed


def _deed(state: State, scope: Scope, duty: str, words: str) -> Iterator[Move]:
    deeds = state.deeds | {(scope, duty)}
    # Deeds on different subjects never meet in a rule, so they need not be remembered together.
    if len(deeds) <= DONE and len({where for where, _ in deeds}) == 1:
        yield words, replace(state, deeds=deeds)
