"""The proof of separation: every state that permitted acts can reach in a small world, searched breadth first.

The world has one natural person, for every rule speaks of one; seven kinds of bodies that may give them accounts, two
at a time; an administrator who tries whatever there is to try; ties to the institution of the class; one item,
blueprint, paper and class that the person may teach, sit, or do something to. Time passes: a tie may lapse, and a
lapsed one bars no more.

Questions are of no one class, so a third search follows a person through making them, teaching and sitting.

Two duties and two deeds at a time are enough: every requirement is about a pair, and no rule allows more to whoever
holds or has done more. So a breach with many would be a breach with two, and that one is found. Where the world is
more lenient than the service (any exam duty may be tried on any subject, ties lapse at will), it only makes the proof
harder.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.access.rules import requirements, separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.policy import RIGHTS, Right
from service.access.rules.separation import Scope
from service.access.rules.trying import RELATIVE, SUBJECTS, WORLDS, State, World, may_use, moves


def breaches(state: State) -> Iterator[str]:
    """What must not be and is, in words; nothing where all is well."""
    for first, second in requirements.clashes(state.held, requirements.NEVER_HELD):
        yield f"one natural person holds {first} and {second}"
    for scope in SUBJECTS:
        for first, second in requirements.clashes(state.done(scope), requirements.NEVER_DONE[scope]):
            yield f"one natural person did {first} and {second} to the same {scope}"
    for first, second in requirements.clashes(state.made | state.parts, requirements.NEVER_TURNED):
        yield f"one natural person made questions and came to teach or sit: {first} and {second}"
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
    if "account" in state.ties and state.held & (requirements.EXAM | requirements.WAYS_IN):
        yield f"who has an account of an institution holds {', '.join(sorted(state.held))}"
    its_own, by = state.ties - {RELATIVE}, ", ".join(sorted(state.ties))
    for _, duties in state.accounts if its_own else ():
        for right in carried(separation.in_force(duties, state.employers)) - requirements.TIED:
            yield f"who is tied to an institution by {by} has the right {right}"
    for duty in sorted(state.held & requirements.EXAM):
        for scope in SUBJECTS if its_own else (Scope.CLASS,):
            if may_use(state, Duty(duty), scope):
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
