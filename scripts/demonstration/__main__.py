"""Play the exam day of the 2024 plan; stay with a sitting open right now, or stop with ``--check``."""

import argparse
import shutil
import time
from datetime import datetime, timedelta

from rich.table import Table

from scripts.demonstration import after, cast, exam_day, preparing
from scripts.demonstration.cast import TrainingClass
from scripts.demonstration.preparing import Company
from scripts.demonstration.stage import PLACE, Play, Service, console, free_port
from service.kernel.clock import LOCAL


def main() -> int:
    """The whole demonstration; the exit status is the number of steps that went wrong, at most 1."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="play, stop, and fail if any step differs")
    parser.add_argument("--port", type=int, default=8000, help="where the service stays (default 8000)")
    options = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    service = Service(free_port() if options.check else options.port)
    service.real_clock()
    play, began = Play(), time.perf_counter()
    try:
        service.command("migrate")
        service.start()
        found, secret = play_all(service, play)
        console.print(play.table())
        console.print(f"{len(play.steps)} steps, {play.failures} differ, {time.perf_counter() - began:.0f} s")
        if options.check or play.failures:
            return min(play.failures, 1)
        stay(service, found[3], secret)
        return 0
    finally:
        service.stop()


def play_all(service: Service, play: Play) -> tuple[list[TrainingClass], tuple[str, str]]:
    """Twenty days of training, the exam day (yesterday), and today's open sitting."""
    company, found = Company(service), cast.classes()
    today = datetime.now(LOCAL).date()
    yesterday = today - timedelta(days=1)
    starts_at = datetime.combine(yesterday, datetime.min.time(), LOCAL) + timedelta(hours=9)
    _prepare(service, company, found, starts_at, play)
    company.sign_in_again()
    _exam_day(service, company, found, starts_at, play)
    company.sign_in_again()
    service.set_clock(starts_at + timedelta(hours=5))
    with play.act("9  results: records signed, one voided by two, confirmed by one, published by another"):
        after.sign_records(company, found[:3], play)
        after.void(company, found[1], play)
        after.results(company, found[:3], play)
        after.certificate(service, company, found[0], play)
    with play.act("10 the HR bureau's program asks for pass rates"):
        secret = after.pass_rates(service, company, found[:3], play)
    company.sign_in_again()
    with play.act("11 a sitting open right now, for the reader"):
        _open_now(service, company, found[3], play)
    with play.act("12 the record"):
        after.record(service, play)
    return found, secret


def _prepare(service: Service, company: Company, found: list[TrainingClass], starts_at: datetime, play: Play) -> None:
    day = starts_at.date()
    service.set_clock(starts_at - timedelta(days=2))
    with play.act("1  accounts by the system administrator, duties by the security administrator"):
        preparing.staff(service, company, play)
    with play.act("2  the question bank, by an author and a reviewer"):
        preparing.bank(company, play)
    with play.act("3  plan, institution, classes, rosters, attendance"):
        preparing.programme(company, found, day, play)
        preparing.attendance(company, found, day, play)
    with play.act("4  a paper for each class"):
        preparing.papers(company, found, day, play)
    with play.act("5  sittings, seats, tickets"):
        rooms = preparing.exam_points(company)
        company.rooms = rooms
        for training_class in found[:3]:
            preparing.sitting(company, training_class, rooms[training_class.room], starts_at, play)


def _exam_day(service: Service, company: Company, found: list[TrainingClass], starts_at: datetime, play: Play) -> None:
    with play.act("6  the exam day: check-in and opening"):
        service.set_clock(starts_at - timedelta(minutes=50))
        path = f"/api/v1/sittings/{found[0].sitting_id}/opening"
        early = company[found[0].proctors[0]].refusal("POST", path, exam_day.PASSWORD)
        play.expect("opening the paper fifty minutes early", early, "opening_too_early")
        for training_class in found[:3]:
            exam_day.check_in(company, training_class, play)
        service.set_clock(starts_at - timedelta(minutes=15))
        exam_day.open_papers(company, found[:3], play)
    with play.act("7  the exam: everybody works"):
        service.set_clock(starts_at + timedelta(minutes=12))
        exam_day.arrive_late(company, found[0], play)
        exam_day.machine_dies(service, company, found[2], play)
        exam_day.sit(service, found[:3], play)
        exam_day.collect(company, found[1], play)
        exam_day.catch(company, found[1], play)
        exam_day.run_out(service, company, found[2], starts_at + timedelta(minutes=90), play)
    with play.act("8  the wall"):
        exam_day.wall(company, play)


def _open_now(service: Service, company: Company, training_class: TrainingClass, play: Play) -> None:
    """Plan it while the clock still shows a moment before its start, then let the clock show the present."""
    starts_at = datetime.now(LOCAL) + timedelta(seconds=20)
    service.set_clock(starts_at - timedelta(minutes=2))
    preparing.sitting(company, training_class, company.rooms[training_class.room], starts_at, play, late=60)
    service.real_clock()
    path = f"/api/v1/sittings/{training_class.sitting_id}/opening"
    company[training_class.proctors[1]].call("POST", path, exam_day.PASSWORD)
    board = company[training_class.proctors[0]].call("GET", f"/api/v1/sittings/{training_class.sitting_id}/board")
    play.expect("the open sitting: hands at the seal", board["hands"], 1)


def stay(service: Service, training_class: TrainingClass, secret: tuple[str, str]) -> None:
    """Print who can sign in where, and keep the service until the reader stops it."""
    accounts = Table("user name", "who", title=f"Every password: {cast.PASSWORD}")
    for officer in (*cast.ADMINISTRATORS, *cast.OFFICERS):
        accounts.add_row(officer.username, f"{officer.words} · {officer.name}")
    tickets = Table("seat", "name", "ticket number", "last six of the id", title="Candidates of the open sitting")
    for person in sorted(training_class.people, key=lambda one: one.seat):
        tickets.add_row(str(person.seat), person.name, person.ticket_number, person.citizen_id[-6:])
    console.print(accounts, tickets)
    url, sitting = service.url, training_class.sitting_id
    console.print(
        f"[bold]Staff[/]       {url}/sign-in\n"
        f"[bold]Proctor[/]     sign in as proctor1, then {url}/proctor/sittings/{sitting}\n"
        f"              check somebody in, open the paper (proctor2 has put a hand to it already)\n"
        f"[bold]Candidate[/]   in another browser or a private window: {url}/exam\n"
        f"[bold]Tickets[/]     {PLACE / f'tickets-{training_class.code}.pdf'}\n"
        f"[bold]API[/]         {url}/docs   HR client {secret[0]}, secret {secret[1]}\n"
        "Ctrl-C stops the service."
    )
    try:
        while service.process is not None and service.process.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        console.print("stopped")


if __name__ == "__main__":
    raise SystemExit(main())
