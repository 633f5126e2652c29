"""What becomes of an act at the door: the whole table, online and heard of late, and its borders."""

from datetime import datetime, timedelta

import pytest

from service.kernel.decision import ALLOWED, Decision
from service.sittings.rules import cases, door, phases, tablets, verdicts
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import Act, AtDoor, CaseKind, Reported, Standing
from service.sittings.rules.seats import RefusalReason, SeatState
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT

AT = phases.planned(STARTS_AT, 90, 30)
OPENS, LAST = AT.check_in_from, AT.last_entry_at
INSTANT, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
EARLIER = CHECK_IN_AT - 5 * MINUTE
LOOK, ADMIT, REFUSE, UNDO = Act.LOOK, Act.ADMIT, Act.REFUSE, Act.UNDO
EXPECTED, REFUSED, ADMITTED = SeatState.EXPECTED, SeatState.REFUSED, SeatState.ADMITTED
WORKING, PAUSED, HANDED_IN = SeatState.WORKING, SeatState.PAUSED, SeatState.HANDED_IN


def stood(act: Act, device: str = "mine", at: datetime = EARLIER) -> Standing:
    return Standing(act, device, at, 1)


def seat(state: SeatState, *standing: Standing) -> AtDoor:
    return AtDoor(state, standing)


def judged(
    act: Act,
    place: AtDoor | None,
    *,
    happened_at: datetime = CHECK_IN_AT,
    now: datetime | None = None,
    offline: bool = False,
    ticket: Decision = ALLOWED,
    reason_given: bool = True,
    revoked: bool = False,
) -> tuple[str, str]:
    reported = Reported(act, happened_at, "mine", offline, ticket, reason_given, revoked)
    judgement = door.judge(reported, place, AT, now or happened_at)
    return judgement.decision.code, judgement.case.value if judgement.case else ""


FREE = seat(EXPECTED)
MINE_IN = seat(ADMITTED, stood(ADMIT))
THEIRS_IN = seat(ADMITTED, stood(ADMIT, "theirs"))
MINE_OUT = seat(REFUSED, stood(REFUSE))
THEIRS_OUT = seat(REFUSED, stood(REFUSE, "theirs"))


@pytest.mark.parametrize(
    ("act", "place", "verdict"),
    [
        pytest.param(LOOK, FREE, "allowed", id="look at who is awaited"),
        pytest.param(LOOK, THEIRS_IN, "already_admitted", id="look at who is in"),
        pytest.param(LOOK, None, "seat_unknown", id="look at nobody"),
        pytest.param(ADMIT, FREE, "allowed", id="admit who is awaited"),
        pytest.param(ADMIT, THEIRS_OUT, "allowed", id="admit who was refused, whoever refused"),
        pytest.param(ADMIT, MINE_IN, "already_admitted", id="admit twice"),
        pytest.param(ADMIT, seat(WORKING, stood(ADMIT)), "already_admitted", id="admit who works"),
        pytest.param(ADMIT, None, "seat_unknown", id="admit nobody"),
        pytest.param(REFUSE, FREE, "allowed", id="refuse who is awaited"),
        pytest.param(REFUSE, THEIRS_IN, "allowed", id="refuse who is in, whoever admitted"),
        pytest.param(REFUSE, seat(WORKING, stood(ADMIT)), "already_working", id="refuse who works"),
        pytest.param(REFUSE, seat(HANDED_IN, stood(ADMIT)), "already_working", id="refuse who has handed in"),
        pytest.param(UNDO, MINE_IN, "allowed", id="undo one's own admission"),
        pytest.param(UNDO, THEIRS_OUT, "allowed", id="undo a colleague's refusal"),
        pytest.param(UNDO, FREE, "nothing_to_undo", id="undo nothing"),
        pytest.param(UNDO, seat(WORKING, stood(ADMIT)), "already_working", id="undo once the candidate works"),
        pytest.param(UNDO, seat(PAUSED, stood(ADMIT)), "already_working", id="undo while the clock stands"),
    ],
)
def test_online_the_server_decides_and_nothing_becomes_a_case(act: Act, place: AtDoor | None, verdict: str) -> None:
    assert judged(act, place) == (verdict, "")


@pytest.mark.parametrize(
    ("act", "place", "verdict", "case"),
    [
        pytest.param(LOOK, THEIRS_IN, "already_admitted", "", id="a look decides nothing"),
        pytest.param(LOOK, None, "seat_unknown", "", id="a look at nobody"),
        pytest.param(ADMIT, FREE, "allowed", "", id="admit who is awaited"),
        pytest.param(ADMIT, MINE_OUT, "allowed", "", id="admit after one's own refusal"),
        pytest.param(ADMIT, MINE_IN, "already_admitted", "", id="tell one admission twice"),
        pytest.param(ADMIT, seat(WORKING, stood(ADMIT)), "already_admitted", "", id="tell it again once they work"),
        pytest.param(ADMIT, THEIRS_IN, "admitted_twice", "admitted_twice", id="admit who was admitted elsewhere"),
        pytest.param(
            ADMIT, seat(WORKING, stood(ADMIT, "theirs")), "admitted_twice", "admitted_twice", id="and works by now"
        ),
        pytest.param(
            ADMIT, THEIRS_OUT, "admitted_after_refusal", "admitted_after_refusal", id="admit after a refusal elsewhere"
        ),
        pytest.param(
            ADMIT,
            seat(REFUSED, stood(REFUSE, "theirs", CHECK_IN_AT + MINUTE)),
            "refused_after_admission",
            "refused_after_admission",
            id="admit before a refusal elsewhere",
        ),
        pytest.param(ADMIT, None, "unknown_seat", "unknown_seat", id="admit nobody of this sitting"),
        pytest.param(REFUSE, FREE, "allowed", "", id="refuse who is awaited"),
        pytest.param(REFUSE, MINE_IN, "allowed", "", id="refuse after one's own admission"),
        pytest.param(REFUSE, THEIRS_OUT, "allowed", "", id="two refusals agree"),
        pytest.param(
            REFUSE, THEIRS_IN, "refused_after_admission", "refused_after_admission", id="refuse who is in elsewhere"
        ),
        pytest.param(
            REFUSE,
            seat(ADMITTED, stood(ADMIT, "theirs", CHECK_IN_AT + MINUTE)),
            "admitted_after_refusal",
            "admitted_after_refusal",
            id="refuse before an admission elsewhere",
        ),
        pytest.param(REFUSE, seat(WORKING, stood(ADMIT)), "already_over", "already_over", id="refuse who works by now"),
        pytest.param(REFUSE, None, "unknown_seat", "unknown_seat", id="refuse somebody of another sitting"),
        pytest.param(UNDO, None, "unknown_seat", "unknown_seat", id="undo what was done to nobody of this sitting"),
        pytest.param(UNDO, MINE_IN, "allowed", "", id="undo one's own admission"),
        pytest.param(UNDO, THEIRS_IN, "nothing_to_undo", "", id="undo what another tablet did"),
        pytest.param(UNDO, FREE, "nothing_to_undo", "", id="undo nothing"),
        pytest.param(UNDO, seat(WORKING, stood(ADMIT)), "already_over", "already_over", id="undo who works by now"),
    ],
)
def test_what_happened_offline_stands_or_becomes_a_case(
    act: Act, place: AtDoor | None, verdict: str, case: str
) -> None:
    assert judged(act, place, offline=True, now=CHECK_IN_AT + 10 * MINUTE) == (verdict, case)


@pytest.mark.parametrize(
    ("happened_at", "act", "online", "offline"),
    [
        pytest.param(OPENS - INSTANT, ADMIT, "check_in_not_begun", "too_early", id="admit an instant too early"),
        pytest.param(OPENS, ADMIT, "allowed", "", id="admit as check-in begins"),
        pytest.param(LAST, ADMIT, "allowed", "", id="admit at the last moment"),
        pytest.param(LAST + INSTANT, ADMIT, "too_late", "too_late", id="admit an instant too late"),
        pytest.param(ENDS_AT, ADMIT, "sitting_ended", "already_over", id="admit at the end"),
        pytest.param(OPENS - INSTANT, REFUSE, "not_check_in", "too_early", id="refuse an instant too early"),
        pytest.param(LAST + INSTANT, REFUSE, "allowed", "", id="refuse who came too late"),
        pytest.param(ENDS_AT - INSTANT, REFUSE, "allowed", "", id="refuse to the last instant"),
        pytest.param(ENDS_AT, REFUSE, "not_check_in", "already_over", id="refuse at the end"),
    ],
)
def test_borders_of_time(happened_at: datetime, act: Act, online: str, offline: str) -> None:
    assert judged(act, FREE, happened_at=happened_at) == (online, "")
    assert judged(act, FREE, happened_at=happened_at, offline=True) == (offline or "allowed", offline)


def test_what_is_told_after_the_end_is_a_case_however_early_it_happened() -> None:
    told = [judged(act, FREE, offline=True, now=now) for act in (ADMIT, REFUSE) for now in (ENDS_AT - INSTANT, ENDS_AT)]

    assert told == [("allowed", ""), ("already_over", "already_over")] * 2


@pytest.mark.parametrize("ticket", [verdicts.TICKET_REISSUED, verdicts.TICKET_EXPIRED, verdicts.TICKET_OTHER_SEAT])
def test_a_void_ticket_admits_nobody_and_hinders_no_refusal(ticket: Decision) -> None:
    assert judged(LOOK, FREE, ticket=ticket) == (ticket.code, "")
    assert judged(ADMIT, FREE, ticket=ticket) == (ticket.code, "")
    assert judged(ADMIT, FREE, ticket=ticket, offline=True) == ("ticket_void", "ticket_void")
    assert judged(REFUSE, FREE, ticket=ticket) == ("allowed", "")
    assert judged(REFUSE, FREE, ticket=ticket, offline=True) == ("allowed", "")


def test_a_refusal_needs_its_reason_unless_it_has_happened() -> None:
    assert judged(REFUSE, FREE, reason_given=False) == ("refusal_reason_missing", "")
    assert judged(REFUSE, FREE, reason_given=False, offline=True) == ("allowed", "")


def test_a_tablet_that_was_shut_out_does_nothing_and_what_it_did_is_a_case() -> None:
    for act in Act:
        assert judged(act, FREE, revoked=True) == ("tablet_revoked", "")
    late = {act: judged(act, FREE, revoked=True, offline=True)[1] for act in Act}
    assert late == {LOOK: "", ADMIT: "tablet_revoked", REFUSE: "tablet_revoked", UNDO: "tablet_revoked"}


def test_an_act_cannot_have_happened_before_check_in_or_in_the_future() -> None:
    now = CHECK_IN_AT
    told = {
        "years ago": (OPENS - timedelta(days=900), OPENS),
        "as check-in began": (OPENS, OPENS),
        "a while ago": (EARLIER, EARLIER),
        "now": (now, now),
        "tomorrow": (now + timedelta(days=1), now),
    }
    assert {name: door.happened(said, AT, now) for name, (said, _) in told.items()} == {
        name: believed for name, (_, believed) in told.items()
    }
    before = OPENS - MINUTE
    assert door.happened(before, AT, before) == before


def test_an_undo_takes_back_the_last_act_that_stands_and_the_one_before_stands_again() -> None:
    first, second, undo = stood(ADMIT), stood(REFUSE), stood(UNDO)

    assert door.stands([]) == []
    assert door.stands([undo, first]) == [first]
    assert door.stands([first, second]) == [first, second]
    assert door.stands([first, second, undo]) == [first]
    assert door.stands([first, second, undo, undo, undo]) == []
    assert door.stands([first, undo, second]) == [second]


# --- closing cases ---


@pytest.mark.parametrize(
    ("outcome", "place", "now", "verdict"),
    [
        pytest.param("keep", None, ENDS_AT, "allowed", id="keep, always"),
        pytest.param("admit", None, CHECK_IN_AT, "seat_unknown", id="admit nobody"),
        pytest.param("admit", FREE, CHECK_IN_AT, "allowed", id="admit who is awaited"),
        pytest.param("admit", THEIRS_OUT, LAST + MINUTE, "allowed", id="admit later, for it happened in time"),
        pytest.param("admit", FREE, ENDS_AT - INSTANT, "allowed", id="admit to the last instant"),
        pytest.param("admit", FREE, ENDS_AT, "sitting_ended", id="admit after the end"),
        pytest.param("admit", THEIRS_IN, CHECK_IN_AT, "already_admitted", id="admit who is in"),
        pytest.param("turn_away", THEIRS_IN, CHECK_IN_AT, "allowed", id="turn away who is in"),
        pytest.param("turn_away", seat(WORKING), CHECK_IN_AT, "already_working", id="turn away who works"),
        pytest.param("turn_away", FREE, ENDS_AT, "not_check_in", id="turn away after the end"),
    ],
)
def test_cases_are_closed_by_the_rules_of_the_door(
    outcome: str, place: AtDoor | None, now: datetime, verdict: str
) -> None:
    assert cases.may_close(CaseOutcome(outcome), ADMIT, CHECK_IN_AT, place, AT, now).code == verdict


def test_an_admission_that_happened_too_late_is_not_made_good_by_a_case() -> None:
    late = LAST + INSTANT

    assert cases.may_close(CaseOutcome.ADMIT, ADMIT, late, FREE, AT, late).code == "too_late"
    assert cases.may_close(CaseOutcome.ADMIT, REFUSE, CHECK_IN_AT, FREE, AT, late).code == "too_late"
    assert cases.may_close(CaseOutcome.ADMIT, REFUSE, CHECK_IN_AT, FREE, AT, LAST).allowed


def test_the_reason_of_a_closing_refusal() -> None:
    assert cases.refusal_of(CaseKind.TOO_LATE, "") is RefusalReason.LATE
    assert cases.refusal_of(CaseKind.REFUSED_AFTER_ADMISSION, "impersonation") is RefusalReason.IMPERSONATION
    assert cases.refusal_of(CaseKind.ADMITTED_TWICE, "") is RefusalReason.OTHER


def test_every_kind_of_case_and_outcome_has_its_words() -> None:
    assert set(door.CASE_NAMES) == set(CaseKind)
    assert set(cases.OUTCOME_NAMES) == set(CaseOutcome)
    assert {len(kind) <= 40 for kind in (*CaseKind, *verdicts.BY_CODE)} == {True}


# --- packs and tablets ---


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        pytest.param(STARTS_AT - timedelta(hours=12) - INSTANT, "pack_too_early", id="an instant before the day"),
        pytest.param(STARTS_AT - timedelta(hours=12), "allowed", id="twelve hours before"),
        pytest.param(ENDS_AT + timedelta(hours=2) - INSTANT, "allowed", id="almost two hours after"),
        pytest.param(ENDS_AT + timedelta(hours=2), "pack_over", id="two hours after the end"),
    ],
)
def test_a_pack_is_issued_from_the_eve_to_two_hours_after(now: datetime, verdict: str) -> None:
    assert tablets.may_issue_pack(AT, now).code == verdict


def test_a_tablet_is_its_owners_until_it_is_shut_out() -> None:
    assert tablets.may_use_tablet(1, 1, revoked=False).code == "allowed"
    assert tablets.may_use_tablet(1, 1, revoked=True).code == "tablet_revoked"
    assert tablets.may_use_tablet(1, 2, revoked=False).code == "tablet_of_another"
    assert tablets.may_use_tablet(1, 2, revoked=True).code == "tablet_of_another"
