"""Networks of rooms, and machines before the day: what each found out about itself, judged, listed and exported."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.journal import queries as journal
from service.kernel import database, errors
from service.sittings.actions import places, trying_machines
from service.sittings.actions.trying_machines import Report
from service.sittings.queries import machines
from service.sittings.rules import addresses
from service.sittings.rules import machines as rules
from service.sittings.rules.machines import Engine, Fault, Fitness, Measured
from service.sittings.tables import MachineTrial
from tests.access.exports import exported
from tests.conftest import Browser, Clock
from tests.world import PREPARED_AT, World

MINUTE = timedelta(minutes=1)
SOUND = Measured(Engine.CHROMIUM, 120, drift_ms=0, save_ms=12, store=True, secure=True, full_screen=True)


# --- networks of a room ---


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("", "", id="nothing lets every address in"),
        pytest.param("  ", "", id="spaces are nothing"),
        pytest.param("192.168.1.0/24", "192.168.1.0/24", id="a network"),
        pytest.param("192.168.1.7/24", "192.168.1.0/24", id="an address with the length of its network"),
        pytest.param("10.0.0.8", "10.0.0.8/32", id="one address"),
        pytest.param("fd00::/8", "fd00::/8", id="the other kind of network"),
        pytest.param(
            "10.0.0.0/8，172.16.0.0/12；10.0.0.8、::1", "10.0.0.0/8,172.16.0.0/12,10.0.0.8/32,::1/128", id="marks"
        ),
        pytest.param("10.0.0.8 10.0.0.8\n10.0.0.8/32", "10.0.0.8/32", id="each once"),
    ],
)
def test_networks_are_kept_in_one_form_however_they_are_written(text: str, kept: str) -> None:
    assert addresses.normal(text) == kept


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("192.168.1", "address_range_bad"),
        ("192.168.1.0/33", "address_range_bad"),
        ("10.0.0.0/24, 一号考场", "address_range_bad"),
        ("0.0.0.0/0", "address_range_everything"),
        ("::/0", "address_range_everything"),
        (",".join(f"10.{number}.0.0/16" for number in range(40)), "address_ranges_too_long"),
    ],
)
def test_what_is_no_network_is_refused_by_its_name(text: str, code: str) -> None:
    with pytest.raises(errors.Malformed) as refused:
        addresses.normal(text)
    assert refused.value.code == code


# --- what a machine found out about itself ---


@pytest.mark.parametrize(
    ("changes", "found", "fitness"),
    [
        pytest.param({}, [], Fitness.FIT, id="a sound machine"),
        pytest.param({"version": 105}, [], Fitness.FIT, id="the oldest browser that will do"),
        pytest.param({"version": 104}, [Fault.BROWSER_OLD], Fitness.UNFIT, id="one version older"),
        pytest.param({"engine": Engine.OTHER, "version": 0}, [Fault.BROWSER_UNKNOWN], Fitness.NOTICED, id="unknown"),
        pytest.param({"drift_ms": 5_000}, [], Fitness.FIT, id="five seconds"),
        pytest.param({"drift_ms": -5_001}, [Fault.DRIFT], Fitness.NOTICED, id="more than five seconds slow"),
        pytest.param({"drift_ms": 59_999}, [Fault.DRIFT], Fitness.NOTICED, id="less than a minute"),
        pytest.param({"drift_ms": -60_000}, [Fault.DRIFT_FAR], Fitness.UNFIT, id="a minute slow"),
        pytest.param({"save_ms": 1_000}, [], Fitness.FIT, id="a save in a second"),
        pytest.param({"save_ms": 1_001}, [Fault.SAVE_SLOW], Fitness.NOTICED, id="a slow save"),
        pytest.param({"save_ms": 5_000}, [Fault.SAVE_TOO_SLOW], Fitness.UNFIT, id="a save in five seconds"),
        pytest.param({"store": False}, [Fault.NO_STORE], Fitness.UNFIT, id="keeps nothing"),
        pytest.param({"secure": False}, [Fault.INSECURE], Fitness.NOTICED, id="no HTTPS"),
        pytest.param({"full_screen": False}, [Fault.NO_FULL_SCREEN], Fitness.NOTICED, id="no full screen"),
        pytest.param({"camera": True}, [], Fitness.FIT, id="a tablet"),
        pytest.param({"camera": False}, [Fault.NO_CAMERA], Fitness.NOTICED, id="a tablet without camera"),
        pytest.param(
            {"store": False, "secure": False}, [Fault.NO_STORE, Fault.INSECURE], Fitness.UNFIT, id="the worst counts"
        ),
    ],
)
def test_a_machine_is_judged_by_what_it_measured(
    changes: Mapping[str, Any], found: list[Fault], fitness: Fitness
) -> None:
    faults = rules.faults(replace(SOUND, **changes), address_fits=True)

    assert (faults, rules.fitness(faults), rules.ready(faults)) == (found, fitness, fitness is not Fitness.UNFIT)


def report(machine: str, address: str = "10.0.0.8", **changes: Any) -> Report:
    return Report(machine, "Chrome 120", address, replace(SOUND, **changes))


def test_the_newest_check_of_a_name_counts_and_a_retired_machine_is_off_the_list(world: World) -> None:
    with database.writing() as session:
        arranger, proctor = world.actor(session, "arranger"), world.actor(session, "proctor1")
        trying_machines.report_machine(session, proctor, world.room_id, report("01", store=False), now=PREPARED_AT)
        trying_machines.report_machine(session, proctor, world.room_id, report("02", drift_ms=9_000), now=PREPARED_AT)
        trying_machines.report_machine(session, proctor, world.room_id, report("0l"), now=PREPARED_AT)
        again = trying_machines.report_machine(session, proctor, world.room_id, report("01"), now=PREPARED_AT + MINUTE)

        def listed() -> dict[str, Fitness]:
            return {line.check.machine: line.fitness for line in machines.machines(session, world.room_id)}

        assert listed() == {"01": Fitness.FIT, "02": Fitness.NOTICED, "0l": Fitness.FIT}
        assert again.ready

        lines = {line.check.machine: line.check for line in machines.machines(session, world.room_id)}
        trying_machines.retire_machine(session, arranger, lines["0l"].id or 0, now=PREPARED_AT)
        trying_machines.retire_machine(session, arranger, lines["0l"].id or 0, now=PREPARED_AT)
        assert listed() == {"01": Fitness.FIT, "02": Fitness.NOTICED}
        tally = machines.tallies(session, [world.room_id])[world.room_id]
        assert tally == {Fitness.FIT: 1, Fitness.NOTICED: 1, Fitness.UNFIT: 0}
        trying_machines.report_machine(session, proctor, world.room_id, report("0l"), now=PREPARED_AT)
        assert set(listed()) == {"01", "02", "0l"}, "another check brings it back"
        with pytest.raises(errors.WrongState, match=r"^machine_checked_since:"):
            trying_machines.retire_machine(session, arranger, lines["0l"].id or 0, now=PREPARED_AT)


@pytest.mark.parametrize(
    ("ranges", "address", "fits"),
    [
        ("", "203.0.113.9", True),
        ("10.0.0.0/8", "10.0.0.8", True),
        ("10.0.0.0/8,192.168.1.0/24", "192.168.1.255", True),
        ("10.0.0.0/8", "11.0.0.0", False),
        ("10.0.0.0/8", "not-an-address", False),
    ],
)
def test_a_machine_outside_the_networks_of_its_room_is_unfit(
    world: World, ranges: str, address: str, fits: bool
) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        places.change_room(session, arranger, world.room_id, "一号", 30, ranges, now=PREPARED_AT)
        check = trying_machines.report_machine(session, arranger, world.room_id, report("01", address), now=PREPARED_AT)

        assert (check.ready, check.faults) == (fits, "" if fits else "address_outside")


def test_a_trial_save_is_one_row_that_is_saved_again_and_again(world: World) -> None:
    with database.writing() as session:
        before = journal.head(session).seq
        arranger = world.actor(session, "arranger")
        counts = [trying_machines.save_trial(session, arranger, world.room_id, "01", now=PREPARED_AT) for _ in range(3)]

        assert counts == [1, 2, 3]
        assert session.get_one(MachineTrial, (world.room_id, "01")).trials == 3
        assert journal.head(session).seq == before, "measuring is no act"


def test_readers_check_nothing(world: World) -> None:
    with database.writing() as session:
        auditor = world.actor(session, "auditor")
        with pytest.raises(errors.Refused, match=r"^only_reads:"):
            trying_machines.report_machine(session, auditor, world.room_id, report("01"), now=PREPARED_AT)
        with pytest.raises(errors.Refused, match=r"^only_reads:"):
            trying_machines.save_trial(session, auditor, world.room_id, "01", now=PREPARED_AT)


# --- over HTTP ---

MACHINE = {
    "machine": "=01",
    "browser": "Chrome 120",
    "engine": "chromium",
    "version": 120,
    "drift_ms": -9000,
    "save_ms": 20,
    "store": True,
    "secure": True,
    "full_screen": True,
}


def test_a_machine_is_checked_listed_and_exported(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    proctor, place = browser.of("proctor_elsewhere"), f"/api/v1/rooms/{world.room_id}"
    assert proctor.get("/api/v1/machine-clock").json()["now"].startswith("2026-11-18T01:00")
    assert proctor.post(f"{place}/machine-trials", json={"machine": "=01"}).json() == {"trials": 1}

    answer = proctor.post(f"{place}/machine-checks", json=MACHINE).json()

    assert (answer["machine"], answer["fitness"], answer["faults"]) == ("=01", "noticed", ["drift"])
    assert proctor.get(f"{place}/machines").json() == [answer]
    sheet = proctor.get(f"{place}/machines.csv")
    assert sheet.content.startswith("\ufeff".encode())
    assert exported(world, "proctor_elsewhere", sheet.content) == [(f"room:{world.room_id}", "machines", 1, "csv")]
    head, line = csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert line[:4] == ["考试点", "一号", "'=01", "可用，有提示"], "a name that looks like a formula stays a name"
    assert len(head) == len(line)
    assert "可用，有提示" in proctor.get(f"/exam/machine-check/rooms/{world.room_id}").text


@pytest.mark.parametrize("field", ["machine", "browser", "version", "drift_ms", "save_ms", "store"])
def test_a_report_with_a_gap_is_refused(world: World, browser: Browser, clock: Clock, field: str) -> None:
    clock.set(PREPARED_AT)
    body = {name: value for name, value in MACHINE.items() if name != field}

    reply = browser.of("arranger").post(f"/api/v1/rooms/{world.room_id}/machine-checks", json=body)

    assert (reply.status_code, reply.json()["faults"][0]["where"]) == (422, ["body", field])
