"""``peikao papers``: the process that assembles what was asked for, and the check of a paper against its recipe."""

import logging
import os
import time
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

app = typer.Typer(help="Papers.", no_args_is_help=True)
log = logging.getLogger("peikao")
# Whoever saves answers on an exam day goes first.
NICENESS = 10
# Each note of progress is a transaction; a page that asks every second sees no more than this.
NOTED_EVERY_SECONDS = 0.5


# Why a paper cannot be verified.
WHY = {
    "not_found": "there is no such paper",
    "run_not_kept": "assembled before the stock of an assembly was put down",
}
# What is known of a paper whose seed is sealed, and what is to come.
TOLD = """checked now: the recipe against blueprint, target, solver and the texts of the bank; recipe and sealing
against the journal{digests}{opened}
not checked yet: whether the seed gives these items. The seed would give {sealed} too, so it is sealed until both forms
of every paper assembled together are open. {sooner}"""
SOONER = """Sooner, after the exams of all of them, two custodians of the bureau
have it checked in memory: peikao papers verify {paper} --custodian NAME --custodian NAME"""
NO_SOONER = "No keys are lent for it before: this paper was rejected, and nobody sat it"
DIGESTS = "; the sealed words of both forms against their digests"
OPENED = "; form {opened}: item by item against the recipe's digest, with points and proof recounted"


class Cancelled(Exception):
    """Somebody no longer wants what is being assembled."""


@app.command("work")
def work() -> None:
    """Do the jobs that wait, one after the other, and leave; the service starts this by itself."""
    from sqlalchemy.exc import IntegrityError

    from service import schema
    from service.kernel import clock, database
    from service.papers.actions import jobs

    assert schema.metadata.tables, "tables are loaded before any query"
    os.nice(NICENESS)
    while True:
        try:
            with database.writing() as session:
                code = jobs.claim(session, jobs.worker_name(os.getpid()), now=clock.now())
        except IntegrityError:
            return  # Another process has begun at the same moment, and will go on.
        if code is None:
            return
        _work_at(code)


def _work_at(code: str) -> None:
    """Do one job; whatever goes wrong stands in it."""
    from service.kernel import clock, database, errors
    from service.papers.actions import jobs, working

    try:
        with database.reading() as session:
            task = working.task_of(session, code)
        done = working.do(task, _Notes(code))
        with database.writing() as session:
            working.keep(session, code, task, done, now=clock.now())
    except Cancelled:
        log.info("a job was cancelled")
    except errors.ServiceError as error:
        with database.writing() as session:
            jobs.note_fault(session, code, error.code, error.detail, now=clock.now(), values=dict(error.values))
    except Exception:
        log.exception("a job could not be done")
        with database.writing() as session:
            jobs.note_fault(session, code, *jobs.FAILED, now=clock.now())


class _Notes:
    """Notes how far a job is, now and then, and leaves it when it is no longer wanted."""

    def __init__(self, code: str) -> None:
        self.code, self.last = code, 0.0

    def __call__(self, done: int, of: int, phase: str) -> None:
        from service.kernel import clock, database
        from service.papers.actions import jobs

        if time.monotonic() - self.last < NOTED_EVERY_SECONDS:
            return
        with database.writing() as session:
            if not jobs.note_progress(session, self.code, done, of, phase, now=clock.now()):
                raise Cancelled
        self.last = time.monotonic()


Custodians = Annotated[
    list[str] | None,
    typer.Option(
        "--custodian",
        help="Twice: user names of two custodians of the bureau, whose passwords and codes are asked for. Then a paper"
        " that was sat is repeated while its spare form stays sealed.",
    ),
]


@app.command("verify")
def verify(
    paper: Annotated[int, typer.Argument(help="The number of the paper.")], custodian: Custodians = None
) -> None:
    """Compute a paper again from its recipe; exit status 1 if anything differs, 2 if it cannot be told wholly yet."""
    from service import schema
    from service.kernel import database, errors
    from service.papers.actions import verifying

    assert schema.metadata.tables, "tables are loaded before any query"
    try:
        if custodian:
            _tell(paper, _repeated(paper, custodian))
        with database.reading() as session:
            differences = verifying.verify(session, paper)
        _tell(paper, differences)
    except errors.ServiceError as error:
        if error.code == "seed_sealed":
            _compare(paper)
        typer.echo(WHY.get(error.code, error.code), err=True)
        raise typer.Exit(2) from error


def _tell(paper: int, differences: Sequence[str]) -> NoReturn:
    for line in differences:
        typer.echo(f"differs: {line}", err=True)
    typer.echo(f"paper {paper}: {'NOT equal' if differences else 'equal to what its recipe gives'}")
    raise typer.Exit(1 if differences else 0)


def _compare(paper: int) -> NoReturn:
    """Tell what can be told while the seed is sealed."""
    from service.kernel import database
    from service.papers.actions import comparing

    with database.reading() as session:
        found = comparing.compare(session, paper)
    if found.differences:
        _tell(paper, found.differences)
    typer.echo(f"paper {paper}: nothing differs as far as it can be told while the seed is sealed")
    told = {
        "digests": DIGESTS if found.sealed or found.opened else "",
        "opened": OPENED.format(opened=" and ".join(found.opened)) if found.opened else "",
        "sealed": f"form {' and '.join(found.sealed)}" if found.sealed else "forms of another paper",
        "sooner": NO_SOONER if found.rejected else SOONER.format(paper=paper),
    }
    typer.echo(TOLD.format(**told))
    raise typer.Exit(2)


def _repeated(paper: int, usernames: Sequence[str]) -> list[str]:
    """What differs when two custodians lend their hands; the keys stay in the memory of this process.

    Raises:
        ServiceError: there is no such paper, or it cannot be computed again; nobody is asked for a password then.
    """
    from service.kernel import clock, database, language
    from service.papers.actions import lending, verifying

    if len(usernames) != 2:
        raise typer.BadParameter("it takes two custodians: --custodian NAME --custodian NAME")
    with database.reading() as session:
        verifying.require_order(session, paper)
    given = [_asked(one) for one in usernames]
    with database.reading() as session:
        first, second = (lending.present(session, *one) for one in given)
    with database.writing() as session:
        decision, lent = lending.lend(session, paper, (first, second), now=clock.now())
    if not decision.allowed:
        typer.echo(language.say("en", decision.reason, decision.values), err=True)
        raise typer.Exit(2)
    try:
        with database.reading() as session:
            differences = verifying.verify(session, paper, lent)
    except BaseException as error:
        # The keys were lent: even if somebody breaks it off at the terminal, the record says how it ended.
        with database.writing() as session:
            lending.note_broken(session, paper, (first, second), error, now=clock.now())
        raise
    with database.writing() as session:
        lending.note_outcome(session, paper, (first, second), differences, now=clock.now())
    return differences


def _asked(username: str) -> tuple[str, str, str]:
    """Name, password and code; neither is shown, for a recovery code stays good if the attempt is refused."""
    code = f"one-time or recovery code of {username}, empty if there is none"
    return (
        username,
        typer.prompt(f"password of {username}", hide_input=True),
        typer.prompt(code, default="", show_default=False, hide_input=True),
    )
