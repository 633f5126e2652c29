"""The proof of separation: every state that permitted acts can reach in a small world, searched breadth first.

The world has one natural person, for every rule speaks of one; seven kinds of bodies that may give them accounts, two
at a time; an administrator who tries whatever there is to try; ties to the institution of the class; one item,
blueprint, paper and class that the person may teach, sit, or do something to. Time passes: a tie may lapse, and a
lapsed one bars no more.

Two duties and two deeds at a time are enough: every requirement is about a pair, and no rule allows more to whoever
holds or has done more. So a breach with many would be a breach with two, and that one is found. Where the world is
more lenient than the service (any exam duty may be tried on any subject, ties lapse at will), it only makes the proof
harder.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from service.access.rules import requirements, separation
from service.access.rules.duties import EXAM_DUTIES, Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.policy import RIGHTS, Right
from service.access.rules.separation import TEACH, Scope

DONE = 2
# A relative at the institution that teaches the class; work for it, or a secondment to it, whichever.
RELATIVE, WORK = "a relative", "declared work"
DECLARED = frozenset({RELATIVE, WORK})
SUBJECTS = (Scope.ITEM, Scope.BLUEPRINT, Scope.PAPER, Scope.CLASS)


@dataclass(frozen=True, slots=True)
class State:
    """A person: accounts with the duties in each, ties to an institution, and deeds on the item, paper and class."""

    accounts: tuple[tuple[Kind, frozenset[Duty]], ...] = ()
    ties: frozenset[str] = frozenset()
    deeds: frozenset[tuple[Scope, str]] = frozenset()

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
    """What may be tried: accounts where and how many, duties at a time, and whether they are used."""

    title: str
    kinds: tuple[Kind, ...]
    accounts: int
    held: int
    deeds: bool


# The same search twice, cut where nothing meets: who comes to hold what does not depend on what was done, and
# what may be done depends on the duty, the ties and the deeds alone.
WORLDS = (
    World("grants", tuple(Kind), 2, 2, deeds=False),
    World("deeds", (Kind.BUREAU,), 1, 1, deeds=True),
)


def moves(world: World, state: State) -> Iterator[Move]:
    """Every act that the rules permit, in words, with the state it leads to."""
    yield from _openings(world, state)
    for place, (kind, duties) in enumerate(state.accounts):
        yield from _charges(world, state, place, kind)
        for duty in sorted(duties):
            after = _with_duties(state, place, duties - {duty})
            yield f"revoke {duty} from the account of the {kind}", after
            if world.deeds and duty in EXAM_DUTIES:
                yield from _uses(state, duty)
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
        if duty not in state.held and separation.may_receive(kind, duty, state.held, state.employers).allowed:
            after = _with_duties(state, place, state.accounts[place][1] | {duty})
            yield f"grant {duty} to the account of the {kind}", after


def _with_duties(state: State, place: int, duties: frozenset[Duty]) -> State:
    kind, _ = state.accounts[place]
    accounts = (*state.accounts[:place], (kind, duties), *state.accounts[place + 1 :])
    return replace(state, accounts=tuple(sorted(accounts, key=lambda one: (one[0], sorted(one[1])))))


def _uses(state: State, duty: Duty) -> Iterator[Move]:
    for scope in SUBJECTS:
        if _may_use(state, duty, scope):
            yield from _deed(state, scope, duty, f"use {duty} on the {scope}")


def _may_use(state: State, duty: Duty, scope: Scope) -> bool:
    near = scope is Scope.CLASS and RELATIVE in state.ties
    return separation.may_use(duty, state.held, state.employers, state.done(scope), scope, near=near).allowed


def _deed(state: State, scope: Scope, duty: str, words: str) -> Iterator[Move]:
    deeds = state.deeds | {(scope, duty)}
    # Deeds on different subjects never meet in a rule, so they need not be remembered together.
    if len(deeds) <= DONE and len({where for where, _ in deeds}) == 1:
        yield words, replace(state, deeds=deeds)


def breaches(state: State) -> Iterator[str]:
    """What must not be and is, in words; nothing where all is well."""
    for first, second in requirements.clashes(state.held, requirements.NEVER_HELD):
        yield f"one natural person holds {first} and {second}"
    for scope in SUBJECTS:
        for first, second in requirements.clashes(state.done(scope), requirements.NEVER_DONE[scope]):
            yield f"one natural person did {first} and {second} to the same {scope}"
    yield from _outsiders(state)
    if state.ties:
        yield from _tied(state)


def _outsiders(state: State) -> Iterator[str]:
    for kind, duties in state.accounts:
        for right in carried(separation.in_force(duties, state.employers)):
            if right not in requirements.OUTSIDERS.get(kind, frozenset(Right)):
                yield f"an account of the {kind} has the right {right}"
        if kind is Kind.INSTITUTION and duties & requirements.EXAM:
            yield f"an account of an institution is charged with {', '.join(sorted(duties))}"


def _tied(state: State) -> Iterator[str]:
    if "account" in state.ties and state.held & requirements.EXAM:
        yield f"who has an account of an institution holds {', '.join(sorted(state.held))}"
    its_own, by = state.ties - {RELATIVE}, ", ".join(sorted(state.ties))
    for _, duties in state.accounts if its_own else ():
        for right in carried(separation.in_force(duties, state.employers)) - requirements.APART:
            yield f"who is tied to an institution by {by} has the right {right}"
    for duty in sorted(state.held & requirements.EXAM):
        for scope in SUBJECTS if its_own else (Scope.CLASS,):
            if _may_use(state, Duty(duty), scope):
                yield f"who is tied to an institution by {by} may use {duty} on the {scope}"


@lru_cache(maxsize=4096)
def carried(duties: frozenset[Duty]) -> frozenset[Right]:
    """The rights that these duties carry, at whatever reach."""
    return frozenset(right for right, grants in RIGHTS.items() if not grants.to.keys().isdisjoint(duties))


@dataclass(frozen=True, slots=True)
class Hole:
    """A breach, and the acts that lead to it, every one of them permitted."""

    breach: str
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What became of searching one world."""

    world: str
    states: int
    acts: int
    hole: Hole | None


def search(world: World) -> Search:
    """Walk from a person without anything to every state there is, until one that must not be."""
    carried.cache_clear()  # The table of rights may be another one than at the last search.
    start = State()
    came: dict[State, tuple[State, str] | None] = {start: None}
    waiting, tried = deque([start]), 0
    while waiting:
        state = waiting.popleft()
        for breach in breaches(state):
            return Search(world.title, len(came), tried, Hole(breach, _way(came, state)))
        for words, after in moves(world, state):
            tried += 1
            if after not in came:
                came[after] = state, words
                waiting.append(after)
    return Search(world.title, len(came), tried, None)


def _way(came: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    acts: list[str] = []
    step = came[state]
    while step is not None:
        state, words = step
        acts.append(words)
        step = came[state]
    return tuple(reversed(acts))


def prove() -> list[Search]:
    """The search of every world."""
    return [search(world) for world in WORLDS]
