"""``peikao papers``: the process that assembles what was asked for, and the check of a paper against its recipe."""

import logging
import os
import time
from typing import Annotated

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
    "seed_sealed": "sealed: it can be verified once both forms of every paper of its run are open",
    "run_not_kept": "assembled before the stock of an assembly was put down",
}


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


@app.command("verify")
def verify(paper: Annotated[int, typer.Argument(help="The number of the paper.")]) -> None:
    """Compute a paper again from its recipe; exit status 1 if anything differs, 2 if it cannot be told yet."""
    from service import schema
    from service.kernel import database, errors
    from service.papers.actions import verifying

    assert schema.metadata.tables, "tables are loaded before any query"
    try:
        with database.reading() as session:
            differences = verifying.verify(session, paper)
    except errors.ServiceError as error:
        typer.echo(WHY.get(error.code, error.code), err=True)
        raise typer.Exit(2) from error
    for line in differences:
        typer.echo(f"differs: {line}", err=True)
    typer.echo(f"paper {paper}: {'NOT equal' if differences else 'equal to what its recipe gives'}")
    raise typer.Exit(1 if differences else 0)
