"""What somebody who has learnt nothing could guess by: how often which key is right, and whether it is the longest.

Judged for all items and again for every role, for a candidate meets the items of one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from service.access.rules.people import TraineeRole
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import LETTERS, TRUTHS, ItemText, Kind

# All of these are our own figures, in hundredths of the items of a kind: half and a quarter, and what is no clue yet.
TRUE, LETTER, SIZE = (45, 55), (22, 28), (10, 60)
SIZES = (2, 3, 4)
# A key that is longer than every distractor by so much in so many of a hundred items would be worth guessing.
MARGIN_CHARACTERS, MARGIN_TENTHS, MOST_LONGEST = 2, 12, 10
# Below this a single item is more than the width of a range says, so nothing is judged.
LEAST = 40
EVERYBODY = "all"
Groups = dict[str, list[ItemText]]


def groups(items: Sequence[ItemText], kind: Kind) -> Groups:
    """The items of a kind by whom they may be asked, all of them first; groups too small to be judged are left out."""
    asked = [item for item in items if item.kind is kind]
    found = {EVERYBODY: asked, **{role.value: [one for one in asked if role in one.roles] for role in TraineeRole}}
    return {name: members for name, members in found.items() if len(members) >= LEAST}


def unjudged(items: Sequence[ItemText]) -> Iterator[str]:
    """The kinds, each with whom it may be asked, of which there are some but too few for a judgement."""
    for kind in (Kind.TRUE_FALSE, Kind.SINGLE, Kind.MULTIPLE):
        judged = groups(items, kind)
        for name in (EVERYBODY, *(role.value for role in TraineeRole)):
            if name not in judged and any(one.kind is kind and name in (EVERYBODY, *one.roles) for one in items):
                yield f"{name} {kind}"


def truths(items: Sequence[ItemText]) -> Iterator[Fault]:
    """Statements of which clearly more or fewer than half are true."""
    for name, asked in groups(items, Kind.TRUE_FALSE).items():
        yield from _outside(name, Kind.TRUE_FALSE, Counter(item.key for item in asked), TRUTHS[:1], TRUE, Check.TRUTHS)


def letters(items: Sequence[ItemText]) -> Iterator[Fault]:
    """Letters that are right clearly more or less often than the others."""
    for name, asked in groups(items, Kind.SINGLE).items():
        yield from _outside(name, Kind.SINGLE, Counter(item.key for item in asked), LETTERS, LETTER, Check.LETTERS)


def spread(items: Sequence[ItemText]) -> Iterator[Fault]:
    """Numbers of right options that hardly occur, or nearly always do."""
    for name, asked in groups(items, Kind.MULTIPLE).items():
        counted = Counter(str(len(item.key)) for item in asked)
        yield from _outside(name, Kind.MULTIPLE, counted, tuple(map(str, SIZES)), SIZE, Check.SPREAD)


def length(items: Sequence[ItemText]) -> Iterator[Fault]:
    """Single choices whose key is clearly the longest option, where there are so many that the guess pays."""
    for name, asked in groups(items, Kind.SINGLE).items():
        found = [item.code for item in asked if key_stands_out(item)]
        if 100 * len(found) > MOST_LONGEST * len(asked):
            reason = f"{len(asked)}题中有{len(found)}题的答案明显最长，应不超过{MOST_LONGEST}%：{'、'.join(found[:5])}"
            yield Fault(f"{name} {Kind.SINGLE}", "options", reason, Check.LENGTH)


def key_stands_out(item: ItemText) -> bool:
    """Whether the key of a single choice is longer than every other option, by two characters and a fifth at least."""
    own = len(item.options.get(item.key, ""))
    others = max((len(text) for letter, text in item.options.items() if letter != item.key), default=0)
    return own >= others + MARGIN_CHARACTERS and 10 * own >= MARGIN_TENTHS * others


def _outside(
    name: str, kind: Kind, counted: Counter[str], keys: Sequence[str], bounds: tuple[int, int], check: Check
) -> Iterator[Fault]:
    least, most = bounds
    for key in keys:
        if not least * counted.total() <= 100 * counted[key] <= most * counted.total():
            share = 100 * counted[key] / counted.total()
            shown = f"{key}项" if check is Check.SPREAD else key
            reason = f"答案为{shown}的占{share:.1f}%，应在{least}%至{most}%之间"
            yield Fault(f"{name} {kind}", "key", reason, check)


def shares(items: Sequence[ItemText]) -> Iterator[str]:
    """How the keys are spread over the items that may be judged, a line for everybody and for each role."""
    kinds: tuple[tuple[Kind, Sequence[str]], ...] = (
        (Kind.TRUE_FALSE, TRUTHS),
        (Kind.SINGLE, LETTERS),
        (Kind.MULTIPLE, tuple(map(str, SIZES))),
    )
    judged = {kind: groups(items, kind) for kind, _ in kinds}
    for name in (EVERYBODY, *(role.value for role in TraineeRole)):
        said = []
        for kind, keys in kinds:
            asked = judged[kind].get(name, [])
            counted = Counter(str(len(one.key)) if kind is Kind.MULTIPLE else one.key for one in asked)
            said += [f"{kind} {' '.join(f'{key} {100 * counted[key] / len(asked):.1f}%' for key in keys)}"] * bool(
                asked
            )
        if said:
            yield f"keys of {name}: {', '.join(said)}"
