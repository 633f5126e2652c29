"""``peikao results``: the marks of an exam, made again from the answers."""

import time
from typing import Annotated

import typer

app = typer.Typer(help="Results.", no_args_is_help=True)


@app.command("verify")
def verify(
    class_code: Annotated[str, typer.Option("--class", help="The code of one class; all classes without it.")] = "",
) -> None:
    """Mark every handed-in sheet again from scratch, and compare with what was stored to the letter.

    Nothing is changed but that the use of each answer key goes on record. Exit status 1 with the seats that differ.
    Of classes whose answers two people disposed of it is said when and by whom.
    """
    from service import schema
    from service.kernel import clock, database
    from service.results.actions import repeating
    from service.results.queries import disposed
    from service.results.queries import repeating as queries

    assert schema.metadata.tables, "tables are loaded before any query"
    began, sheets, differing = time.perf_counter(), 0, 0
    with database.reading() as session:
        found = queries.marked_sittings(session, class_code)
        gone = disposed.told(session, class_code)
    for line in gone:
        typer.echo(line)
    for sitting_id in found:
        with database.writing() as session:
            one = repeating.repeat(session, sitting_id, now=clock.now())
        sheets += one.sheets
        for what, seats in (("answers", one.other_answers), ("marks", one.other_marks)):
            differing += len(seats)
            for seat_id in seats:
                typer.echo(f"sitting {sitting_id}, seat {seat_id}: other {what} than were put on record")
    seconds = time.perf_counter() - began
    if gone and not found:
        return
    if not found:
        typer.echo("no sheet of this class was marked" if class_code else "no sheet was marked yet")
        raise typer.Exit(2)
    verdict = "equal" if differing == 0 else f"{differing} DIFFER"
    typer.echo(f"{sheets} sheets of {len(found)} sittings marked again in {seconds:.1f} s: {verdict}")
    raise typer.Exit(1 if differing else 0)
