"""What may never be, in words of its own: the other table, against which :mod:`proving` holds the rules.

It is written from the clauses and not from ``EXCLUSIONS``, ``HOLDERS`` or the exam flags of ``RIGHTS``; a row that
is taken out there is still asked for here.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

from service.access.rules.policy import Right

# 三(五): the exam is the emergency management bureau's, and never the business of whoever trains.
EXAM = frozenset(
    {"author", "review", "assemble", "approve", "arrange", "proctor", "custody", "mark", "confirm", "publish"}
)

Pairs = frozenset[frozenset[str]]


def _pairs(*rows: tuple[Iterable[str], Iterable[str]]) -> Pairs:
    return frozenset(frozenset({one, other}) for ones, others in rows for one in ones for other in others)


# Who looks into the exam, or opens the way to it: who may come in as anybody, once two of them agree, and who reads
# what candidates sign in with.
WAYS_IN = frozenset({"audit", "administer", "secure", "plan"})

# Duties that one natural person may not have in hand at the same time, in whatever accounts.
NEVER_HELD = _pairs(
    (["attend"], EXAM | WAYS_IN),
    (["administer", "secure", "audit"], EXAM),
    (["secure", "audit"], ["administer"]),
    (["audit"], ["secure"]),
)

# What one natural person may never have done to the same item, paper or class.
NEVER_DONE: Mapping[str, Pairs] = {
    "item": _pairs((["author"], ["review"])),
    "paper": _pairs((["assemble"], ["approve"])),
    "blueprint": _pairs((["assemble"], ["approve"])),
    "class": _pairs(
        (["teach", "sit"], EXAM),
        (["teach"], ["sit"]),
        (["assemble", "approve"], ["proctor", "custody"]),
        (["confirm"], ["publish"]),
        (["mark"], ["confirm", "publish"]),
        (["proctor"], ["mark", "confirm", "publish"]),
    ),
}

# Who reads questions before they are sat, and what such a person may not come to be, in whatever class.
MAKERS = frozenset({"author", "review", "assemble", "approve", "custody"})
NEVER_TURNED = _pairs((["teach", "sit"], MAKERS))

# All that a training institution, or an enterprise whose people are examined, may ever reach.
OUTSIDERS: Mapping[str, frozenset[Right]] = {
    "institution": frozenset({Right.PROGRAMME_VIEW, Right.PROGRAMME_ATTENDANCE, Right.RESULTS_PUBLISHED}),
    "enterprise": frozenset({Right.PROGRAMME_VIEW, Right.RESULTS_PUBLISHED}),
}
# All that a candidate may: to sit, at the one seat that the session is confined to.
CANDIDATES = frozenset({Right.SITTINGS_SIT})
# All that is not of the exam.
APART = frozenset(
    {
        Right.PUBLIC,
        Right.SIGNED_IN,
        Right.PASSWORD_OWN,
        Right.ACCOUNTS_MANAGE,
        Right.ACCOUNTS_VIEW,
        Right.DUTIES_GRANT,
        Right.DUTIES_EMERGENCY,
        Right.EMERGENCIES_VIEW,
        Right.EMERGENCIES_SEEN,
        Right.TIES_RECORD,
        Right.PERSON_READ_FULL,
        Right.PROGRAMME_PLAN,
        Right.PROGRAMME_VIEW,
        Right.PROGRAMME_ATTENDANCE,
        Right.RESULTS_PUBLISHED,
        # Who is paid for: the published results once more, in money.
        Right.RESULTS_PAYMENTS,
        # Whose hours count: the same once more, for the register of safety training.
        Right.RESULTS_CREDITS,
        Right.STATISTICS_PASS_RATES,
        # Of the journal, but a head says nothing of what is in the entries.
        Right.JOURNAL_HEADS,
    }
)
# What is not of the exam, but makes whoever has it another person, or shows what other persons sign in with, or says
# who trains and who sits: the system administrator's, the security administrator's and the planner's.
OFFICE = frozenset(
    {
        Right.ACCOUNTS_MANAGE,
        Right.ACCOUNTS_VIEW,
        Right.DUTIES_GRANT,
        Right.DUTIES_EMERGENCY,
        Right.EMERGENCIES_VIEW,
        Right.EMERGENCIES_SEEN,
        Right.TIES_RECORD,
        Right.PERSON_READ_FULL,
        Right.PROGRAMME_PLAN,
    }
)
# All that a person may reach who is tied to an institution, in whatever account.
TIED = APART - OFFICE

# Where the exam is made and held: whatever lies beneath these addresses has to ask for a right of the exam …
EXAM_PLACES = (
    *("/bank", "/papers", "/papers.csv", "/sittings", "/exam-points", "/exam-day", "/exam", "/proctor"),
    *("/arrangements", "/rehearsals", "/rooms", "/room-rules", "/machine-clock", "/machine-checks", "/tablets"),
    *("/late-answers", "/journal", "/retention/disposals", "/namesakes", "/namesakes.csv"),
    *(f"/results/{name}" for name in ("seats", "voidings", "late-answers", "sittings", "withdrawals", "appeals")),
    *(
        "/results/statistics",
        "/results/elsewhere",
        "/results/scripts",
        "/results/transcriptions",
        "/results/reopenings",
    ),
)
# … but for these: the candidates' own door and receipts, what a tablet needs before anybody signs in, and what is said
# of the journal's heads to whoever holds a printed code or watches over it.
OPEN_PLACES = frozenset(
    {
        "POST /api/v1/exam/session",
        "POST /api/v1/exam/late-answers",
        "GET /api/v1/exam/receipt",
        "GET /api/v1/exam/receipts/{code}",
        "GET /exam",
        "GET /exam/done",
        "GET /exam/receipt",
        "GET /proctor/manifest.webmanifest",
        "GET /proctor/worker.js",
        "GET /api/v1/tablets/standing",
        "GET /api/v1/journal/keys",
        "GET /api/v1/journal/codes/{code}",
        "GET /journal/code",
        *(
            f"GET /api/v1/journal/{name}"
            for name in ("consistency", "heads", "heads/latest", "heads/{size}", "witnesses")
        ),
        "GET /api/v1/journal/heads/{size}/cosignatures",
        "POST /api/v1/journal/heads/{size}/cosignatures",
        "POST /api/v1/journal/witnesses",
    }
)


def clashes(what: Iterable[str], never: Pairs) -> list[tuple[str, str]]:
    """The pairs among ``what`` that may never meet."""
    return [pair for pair in combinations(sorted(what), 2) if frozenset(pair) in never]
