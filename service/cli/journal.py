"""``peikao journal``: what whoever holds the machine says of the record."""

from typing import Annotated

import typer

app = typer.Typer(help="The journal.", no_args_is_help=True)


@app.callback()
def journal() -> None:
    """The journal."""


@app.command("restored")
def restored(
    reason: Annotated[str, typer.Option(help="Which backup was restored and why, and who decided it; on record.")],
) -> None:
    """Go on signing after a backup was restored: the record is shorter than what was signed, or another.

    What was signed before stays in the witness's memory and on paper, and the entry that this leaves says what it was.
    """
    from service import schema
    from service.journal.actions import heads, remembering
    from service.kernel import clock, database, errors

    assert schema.metadata.tables, "tables are loaded before any query"
    if not reason.strip():
        raise typer.BadParameter("say which backup was restored, and why", param_hint="--reason")
    try:
        with database.writing() as session:
            remembering.restored(session, reason.strip(), now=clock.now())
    except errors.WrongState as fault:
        typer.echo("the journal begins with all that was signed: there is nothing to forget", err=True)
        raise typer.Exit(1) from fault
    remembering.forget()
    with database.writing() as session:
        head = heads.seal_head(session, now=clock.now())
    assert head is not None
    typer.echo(f"a head over {head.size} entries is signed; it says JOURNAL_RESTORED, and why")
