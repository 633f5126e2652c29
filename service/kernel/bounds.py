"""What a number and an instant from outside may be: what both databases hold, and every machine's clock can show."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

# PostgreSQL's integers have 32 bits; SQLite's driver raises at 64.
BIGGEST = 2**31 - 1
# A machine whose battery is empty wakes up in 1970 or 1980 and must be heard all the same. Outside of these years an
# instant may have no UTC at all: 0001-01-01T00:00+23:00 lies before the calendar begins.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def storable(instant: datetime) -> datetime:
    """The same instant.

    Raises:
        ValueError: no clock shows it.
    """
    if not EARLIEST <= instant < LATEST:
        raise ValueError("an instant between the years 1900 and 3000 is expected")
    return instant


def _stated(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("an instant with a time zone is expected")
    storable(datetime.fromisoformat(text))
    return text


Identifier = Annotated[int, Field(ge=1, le=BIGGEST)]
Moment = Annotated[AwareDatetime, AfterValidator(storable)]
# An instant that stays the text it came as, because the text is what was signed.
_WRITTEN = r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
MomentText = Annotated[str, Field(max_length=40, pattern=_WRITTEN), AfterValidator(_stated)]
