"""``peikao bank``: what is wrong with the files of a question bank, before anybody loads them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.kernel import settings

if TYPE_CHECKING:
    from service.bank.rules.stock import Coverage

app = typer.Typer(help="The question bank.", no_args_is_help=True)


@app.callback()
def _bank() -> None:
    """The question bank."""


@app.command("lint")
def lint(
    folder: Annotated[Path | None, typer.Argument(help="The bank; default: the configured one.")] = None,
    regulations: Annotated[
        Path,
        typer.Option(help="Regulation texts against which citations and figures are checked, where they are at hand."),
    ] = settings.ROOT.parent / "shared" / "regulations",
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge editions on this day; default: today.")
    ] = None,
) -> None:
    """Check every file of the bank; exit status 1 when anything is wrong."""
    from service.access.rules.people import TraineeRole
    from service.bank.actions import files, linting
    from service.bank.rules import balancing, stock
    from service.bank.rules.items import in_force
    from service.kernel import clock
    from service.papers.actions import blueprints

    place, on = folder or settings.current().question_bank, day.date() if day else clock.today()
    found = files.read(place)
    report = linting.report(found, on, regulations)
    faults = [*report.faults, *blueprints.faults(place, found)]
    for fault in faults:
        typer.echo(f"{fault.code}: {fault.where}: {fault.reason}", err=True)
    for remark in report.remarks:
        typer.echo(f"warning: {remark.code}: {remark.where}: {remark.reason}", err=True)
    usable = {edition.slug for edition in found.editions if in_force(edition.effective_on, edition.repealed_on, on)}
    in_use = [item for item in found.items if item.edition in usable]
    for role in TraineeRole:
        for line in _coverage(role, stock.coverage(in_use, role)):
            typer.echo(line)
    for line in balancing.shares(found.items):
        typer.echo(line)
    for line in report.unchecked:
        typer.echo(f"not checked: {line}")
    typer.echo(f"{len(found.items)} items, {len(faults)} faults; editions judged on {on}")
    raise typer.Exit(1 if faults else 0)


def _coverage(role: str, found: "Coverage") -> Iterator[str]:
    """How many items a role may be asked, by edition and kind and by level, a line each."""
    from service.bank.rules.items import Kind, Level

    yield f"{role}: {found.items} usable items"
    for edition in sorted({edition for edition, _ in found.cells}):
        kinds = ", ".join(f"{kind} {found.cells[edition, kind]}" for kind in Kind)
        yield f"  {edition}: {kinds}"
    yield f"  levels: {', '.join(f'{level} {found.levels[level]}' for level in Level)}"
