"""``peikao keys``: personal data under a new secret, while the service runs."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

app = typer.Typer(help="Keys of personal data.", no_args_is_help=True)


def _movers() -> "dict[str, Callable[[Session, int], tuple[int, int]]]":
    """What lies under the person secret, and how some of it is put under the present one; in this order."""
    from service import schema
    from service.access.actions import rotating as access
    from service.kernel import clock
    from service.programme.actions import rotating as programme
    from service.sittings.actions import rotating as sittings

    assert schema.metadata.tables, "tables are loaded before any query"

    def timed(move: "Callable[..., tuple[int, int]]") -> "Callable[[Session, int], tuple[int, int]]":
        def moved(session: "Session", limit: int) -> tuple[int, int]:
            now: datetime = clock.now()
            return move(session, limit, now=now)

        return moved

    return {
        "citizen ids": timed(access.move_people),
        "authenticators": timed(access.move_authenticators),
        "telephone numbers": timed(programme.move_phones),
        "photographs": timed(programme.move_photos),
        "entry codes of seats": timed(sittings.move_entries),
        "pictures of incidents": timed(sittings.move_pictures),
        "pictures of answer sheets": timed(sittings.move_sheets),
    }


@app.command("rotate")
def rotate(
    batch: Annotated[int, typer.Option(help="Rows per transaction; others may write in between.", min=1)] = 200,
    batches: Annotated[int | None, typer.Option(help="Stop after so many; run again to go on.", min=1)] = None,
) -> None:
    """Put all personal data under the present PEIKAO_PERSON_SECRET, some rows at a time.

    1. Restart every process with the new secret among PEIKAO_PERSON_SECRETS_BEFORE, so that all can read it.
    2. Restart every process with the new secret as PEIKAO_PERSON_SECRET and the old one among those before.
    3. Run this. It can be broken off and run again. 4. Restart without the old secret, and destroy it.
    """
    from service.kernel import database

    done = 0
    for what, move in _movers().items():
        moved, left = 1, 0
        while moved and (batches is None or done < batches):
            with database.writing() as session:
                moved, left = move(session, batch)
            done += bool(moved)
        typer.echo(f"{what}: {left} left under another key")


@app.command("state")
def state() -> None:
    """How many rows lie under another key than the present one; exit status 1 when there are any."""
    from service import schema
    from service.access.actions import rotating
    from service.access.tables import Person
    from service.access.tables.doors import Totp
    from service.kernel import database, sealing
    from service.programme.tables import Trainee
    from service.sittings.tables import IncidentPhoto, Seat, SheetPhoto

    assert schema.metadata.tables, "tables are loaded before any query"
    with database.reading() as session:
        left = {
            table.__tablename__: rotating.remaining(session, table)
            for table in (Person, Totp, Trainee, Seat, IncidentPhoto, SheetPhoto)
        }
        left["photographs"] = rotating.remaining(session, Trainee, "photo_key_id")
    typer.echo(f"present key {sealing.person_key_id()}")
    for name, number in left.items():
        typer.echo(f"{name}: {number} under another key")
    raise typer.Exit(1 if any(left.values()) else 0)
