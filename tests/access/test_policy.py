"""The table of rights, written out a second time by hand: whoever changes one has to mean it twice."""

from dataclasses import replace

import pytest

from service.access.rules import policy
from service.access.rules.duties import ADMINISTRATORS
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.policy import ANONYMOUS, EXAM_DUTIES, HOLDERS, RIGHTS, Actor, Duty, Reach, Right, Subject

# Columns and cells by their first letters: aut(hor) …; all, ass(igned), cou(nty), org(anisation), own.
MATRIX = """
                      aut rev ass app arr pro cus mar con pub pla sup att dec sta aud adm sec sit
public                .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
signed_in             .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
password.own          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
accounts.manage       .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all .   .
accounts.view         .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all all .
duties.grant          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all .
duties.emergency      .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all all .
emergencies.view      .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all all all .
emergencies.seen      .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all .   .   .
ties.record           .   .   .   .   .   .   .   .   .   .   all .   .   .   .   .   all .   .
person.read_full      .   .   .   .   .   .   .   .   .   .   all .   .   .   .   .   .   .   .
bank.read             all all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
bank.author           all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
bank.review           .   all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
bank.suspend          all all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
programme.plan        .   .   .   .   .   .   .   .   .   .   all .   .   .   .   .   .   .   .
programme.view        .   .   all all all .   all .   all all all cou org org all all .   .   .
programme.attendance  .   .   .   .   .   .   .   .   .   .   .   .   org .   .   .   .   .   .
papers.view           .   .   all all all .   all .   .   .   .   .   .   .   .   all .   .   .
papers.assemble       .   .   all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
papers.approve        .   .   .   all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
papers.open           .   .   .   .   .   ass .   .   .   .   .   .   .   .   .   .   .   .   .
papers.break_open     .   .   .   .   .   .   all .   .   .   .   .   .   .   .   .   .   .   .
papers.switch         .   .   .   all all ass .   .   .   .   .   .   .   .   .   .   .   .   .
papers.seen           .   .   .   all .   .   .   .   .   .   .   .   .   .   .   all .   .   .
papers.print          .   .   .   .   .   ass all .   .   .   .   .   .   .   .   .   .   .   .
sittings.view         .   .   .   .   all ass .   .   .   .   .   .   .   .   .   all .   .   .
sittings.record       .   .   .   .   all ass .   .   all all .   .   .   .   .   all .   .   .
sittings.arrange      .   .   .   .   all .   .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.approve      .   .   .   all .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.proctor      .   .   .   .   .   ass .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.on_paper     .   .   .   .   all ass .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.clock        .   .   .   .   all ass .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.reopen       .   .   .   .   all ass .   .   .   .   .   .   .   .   .   .   .   .   .
sittings.sit          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   own
results.unpublished   .   .   .   .   .   .   .   .   all all .   .   .   .   .   .   .   .   .
results.transcribe    .   .   .   .   .   ass .   all .   .   .   .   .   .   .   .   .   .   .
results.mark          .   .   .   .   .   .   .   all .   .   .   .   .   .   .   .   .   .   .
results.marks         .   .   .   .   .   .   .   .   all all .   .   .   .   .   all .   .   .
results.confirm       .   .   .   .   .   .   .   .   all .   .   .   .   .   .   .   .   .   .
results.publish       .   .   .   .   .   .   .   .   .   all .   .   .   .   .   .   .   .   .
results.published     .   .   .   .   .   .   .   .   all all all cou org org all all .   .   .
results.payments      .   .   .   .   .   .   .   .   .   .   all .   .   .   all all .   .   .
results.credits       .   .   .   .   .   .   .   .   .   .   all .   .   .   all all .   .   .
statistics.pass_rates .   .   .   .   .   .   .   .   .   .   all .   .   .   all all .   .   .
journal.read          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all .   .   .
journal.heads         .   .   .   .   .   .   .   .   .   .   .   .   .   .   all all .   .   .
records.dispose       .   .   .   .   .   .   .   .   all all .   .   .   .   .   .   .   .   .
namesakes.judge       .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   all .   .   .
"""
HOLDING = """
            bureau county hr     agency finance institution enterprise
author      yes    .      .      .      .       .           .
review      yes    .      .      .      .       .           .
assemble    yes    .      .      .      .       .           .
approve     yes    .      .      .      .       .           .
arrange     yes    .      .      .      .       .           .
proctor     yes    yes    .      .      .       .           .
custody     yes    .      .      .      .       .           .
mark        yes    .      .      .      .       .           .
confirm     yes    .      .      .      .       .           .
publish     yes    .      .      .      .       .           .
plan        yes    .      .      .      .       .           .
supervise   .      yes    .      .      .       .           .
attend      .      .      .      .      .       yes         .
declare     .      .      .      .      .       .           yes
statistics  yes    .      yes    yes    yes     .           .
audit       yes    .      yes    .      .       .           .
administer  yes    .      .      .      .       .           .
secure      yes    .      .      .      .       .           .
sit         .      .      .      .      .       .           .
"""
EXAM = {"author", "review", "assemble", "approve", "arrange", "proctor", "custody", "mark", "confirm", "publish"}
NOT_OF_THE_EXAM = {
    "public",
    "signed_in",
    "password.own",
    "accounts.manage",
    "accounts.view",
    "duties.grant",
    "duties.emergency",
    "emergencies.view",
    "emergencies.seen",
    "ties.record",
    "person.read_full",
    "programme.plan",
    "programme.view",
    "programme.attendance",
    "results.published",
    "results.payments",
    "results.credits",
    "statistics.pass_rates",
    "journal.heads",
}


def table(text: str) -> dict[str, dict[str, str]]:
    """The rows of a table: column → cell, empty cells left out."""
    columns, *rows = (line.split() for line in text.strip().splitlines())
    assert all(len(row) == len(columns) + 1 for row in rows)
    return {
        row[0]: {column: cell for column, cell in zip(columns, row[1:], strict=True) if cell != "."} for row in rows
    }


def test_the_first_letters_are_enough_to_tell_duties_and_reaches_apart() -> None:
    assert len({duty[:3] for duty in Duty}) == len(Duty)
    assert len({reach[:3] for reach in Reach}) == len(Reach)


def test_the_table_of_rights_is_this_one_and_no_other() -> None:
    written = {
        right: {duty[:3]: reach[:3] for duty, reach in grants.to.items()} for right, grants in policy.RIGHTS.items()
    }

    assert written == table(MATRIX)
    assert list(written) == list(Right)


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("duty", Duty)
def test_a_duty_alone_carries_what_the_table_says_and_nothing_else(right: Right, duty: Duty) -> None:
    actor = Actor(label="account:1", name="", duties=frozenset({duty}))
    cell = table(MATRIX)[right].get(duty[:3])

    assert {reach[:3] for reach in policy.reaches(actor, right)} == ({cell} if cell else set())
    assert policy.holds(actor, right) is (
        cell is not None or right in {Right.PUBLIC, Right.SIGNED_IN, Right.PASSWORD_OWN}
    )


def test_whoever_has_no_duty_has_no_right() -> None:
    nobody, idle = ANONYMOUS, Actor(label="account:1", name="")

    assert {right for right in Right if policy.holds(nobody, right)} == {Right.PUBLIC}
    assert {right for right in Right if policy.holds(idle, right)} == {
        Right.PUBLIC,
        Right.SIGNED_IN,
        Right.PASSWORD_OWN,
    }


@pytest.mark.parametrize(
    ("sleeping", "held"),
    [
        ({"provisional": True, "doubted": True}, {Right.PUBLIC, Right.PASSWORD_OWN}),
        ({"doubted": True}, {Right.PUBLIC, Right.SIGNED_IN, Right.PASSWORD_OWN}),
        ({"unproven": True}, {Right.PUBLIC, Right.SIGNED_IN, Right.PASSWORD_OWN}),
    ],
)
def test_while_duties_sleep_none_of_them_carries_anything(sleeping: dict[str, bool], held: set[Right]) -> None:
    everything = Actor(label="account:1", name="", duties=frozenset(Duty))

    assert {right for right in Right if policy.holds(everything, right)} == set(Right)
    assert {right for right in Right if policy.holds(replace(everything, **sleeping), right)} == held  # type: ignore[arg-type]


def test_a_right_that_nobody_wrote_down_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    author = Actor(label="account:1", name="", duties=frozenset({Duty.AUTHOR}))
    assert policy.holds(author, Right.BANK_READ)
    monkeypatch.setattr(policy, "RIGHTS", {**RIGHTS, Right.BANK_READ: replace(RIGHTS[Right.BANK_READ], to={})})

    assert not policy.holds(author, Right.BANK_READ)


def test_which_rights_touch_the_exam() -> None:
    assert {right for right, grants in RIGHTS.items() if not grants.exam} == NOT_OF_THE_EXAM


def test_every_right_has_a_title_of_its_own() -> None:
    assert len({grants.title for grants in RIGHTS.values()}) == len(Right)


# --- organisations ---


def test_which_kind_of_organisation_may_hold_which_duty() -> None:
    assert {duty: {kind: "yes" for kind in Kind if kind in kinds} for duty, kinds in HOLDERS.items()} == table(HOLDING)


def test_an_institution_may_hold_no_exam_duty() -> None:
    assert EXAM_DUTIES == EXAM
    assert {duty for duty in Duty if Kind.INSTITUTION in HOLDERS[duty]} == {Duty.ATTEND}


def test_the_duty_of_an_institution_carries_no_right_of_the_exam() -> None:
    carried = {right for right, grants in RIGHTS.items() if Duty.ATTEND in grants.to}

    assert carried == {Right.PROGRAMME_VIEW, Right.PROGRAMME_ATTENDANCE, Right.RESULTS_PUBLISHED}
    assert carried <= NOT_OF_THE_EXAM


@pytest.mark.parametrize(
    ("duty", "rights"),
    [
        (
            Duty.ADMINISTER,
            [
                *(Right.ACCOUNTS_MANAGE, Right.ACCOUNTS_VIEW, Right.DUTIES_EMERGENCY, Right.EMERGENCIES_VIEW),
                Right.TIES_RECORD,
            ],
        ),
        (
            Duty.SECURE,
            [Right.ACCOUNTS_VIEW, Right.DUTIES_GRANT, Right.DUTIES_EMERGENCY, Right.EMERGENCIES_VIEW],
        ),
    ],
)
def test_whoever_opens_accounts_grants_no_duties_and_neither_sees_the_exam(duty: Duty, rights: list[Right]) -> None:
    assert [right for right in Right if duty in RIGHTS[right].to] == rights


def test_the_three_administrators_share_no_act() -> None:
    carried = {duty: {right for right in Right if duty in RIGHTS[right].to} for duty in ADMINISTRATORS}

    # Looking at the list of accounts, and what takes two of them, is all that two of the three have in common; that
    # it was done is before the eyes of all three, and only the third takes note of it.
    shared = {Right.ACCOUNTS_VIEW, Right.DUTIES_EMERGENCY, Right.EMERGENCIES_VIEW}
    assert carried[Duty.ADMINISTER] & carried[Duty.SECURE] == shared
    assert carried[Duty.AUDIT] & (carried[Duty.ADMINISTER] | carried[Duty.SECURE]) == {Right.EMERGENCIES_VIEW}


# --- reach ---

HERE = Subject(counties=frozenset({"林口县"}), organisation_ids=frozenset({3}), assigned=frozenset({7}), own="seat:5")
COUNTY = Actor(label="account:1", name="", duties=frozenset({Duty.SUPERVISE}), county="林口县")
BODY = Actor(label="account:1", name="", duties=frozenset({Duty.ATTEND}), organisation_id=3)
PROCTOR = Actor(label="account:1", name="", duties=frozenset({Duty.PROCTOR}), person_id=7)
CANDIDATE = Actor(label="seat:5", name="", duties=frozenset({Duty.SIT}), person_id=7, confined="seat:5")
PLANNER = Actor(label="account:1", name="", duties=frozenset({Duty.PLAN}))
VIEW, GUARD, SIT = Right.PROGRAMME_VIEW, Right.SITTINGS_PROCTOR, Right.SITTINGS_SIT


@pytest.mark.parametrize(
    ("actor", "right", "subject", "touches"),
    [
        pytest.param(PLANNER, VIEW, Subject(), True, id="all: anything"),
        pytest.param(COUNTY, VIEW, HERE, True, id="county: its own"),
        pytest.param(replace(COUNTY, county="穆棱市"), VIEW, HERE, False, id="county: another"),
        pytest.param(replace(COUNTY, county=""), VIEW, Subject(), False, id="county: none, and a thing of none"),
        pytest.param(BODY, VIEW, HERE, True, id="organisation: its own"),
        pytest.param(replace(BODY, organisation_id=4), VIEW, HERE, False, id="organisation: another"),
        pytest.param(replace(BODY, organisation_id=None), VIEW, Subject(), False, id="organisation: none"),
        pytest.param(replace(BODY, county="林口县"), VIEW, HERE, True, id="organisation: county adds nothing"),
        pytest.param(
            replace(BODY, organisation_id=4, county="林口县"), VIEW, HERE, False, id="organisation: nor replaces it"
        ),
        pytest.param(PROCTOR, GUARD, HERE, True, id="assigned: this sitting"),
        pytest.param(replace(PROCTOR, person_id=8), GUARD, HERE, False, id="assigned: another's"),
        pytest.param(PROCTOR, GUARD, Subject(), False, id="assigned: nobody's"),
        pytest.param(CANDIDATE, SIT, HERE, True, id="own: this seat"),
        pytest.param(replace(CANDIDATE, confined="seat:6"), SIT, HERE, False, id="own: another seat"),
        pytest.param(replace(CANDIDATE, confined=""), SIT, Subject(), False, id="own: no seat at all"),
        pytest.param(CANDIDATE, GUARD, HERE, False, id="no right: whatever it is"),
        pytest.param(PLANNER, GUARD, HERE, False, id="all of one right is nothing of another"),
        pytest.param(
            replace(COUNTY, duties=frozenset({Duty.SUPERVISE, Duty.ATTEND}), county="", organisation_id=3),
            VIEW,
            HERE,
            True,
            id="of two duties the one that reaches",
        ),
    ],
)
def test_how_far_a_right_reaches(actor: Actor, right: Right, subject: Subject, touches: bool) -> None:
    assert policy.touches(actor, right, subject) is touches


def test_a_program_is_confined_to_its_one_right() -> None:
    person = Actor(label="account:1", name="", duties=frozenset({Duty.STATISTICS}))
    program = replace(person, label="client:hr", confined=Right.STATISTICS_PASS_RATES)

    def held(actor: Actor) -> set[Right]:
        return {right for right in Right if policy.holds(actor, right)}

    assert held(program) == {Right.PUBLIC, Right.SIGNED_IN, Right.PASSWORD_OWN, Right.STATISTICS_PASS_RATES}
    assert held(person) - held(program) == {
        Right.PROGRAMME_VIEW,
        Right.RESULTS_PUBLISHED,
        Right.RESULTS_PAYMENTS,
        Right.RESULTS_CREDITS,
        Right.JOURNAL_HEADS,
    }
