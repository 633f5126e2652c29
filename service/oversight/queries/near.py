"""Of which class a thing is that an address names: whoever keeps away from the class keeps away from the thing."""

from collections.abc import Iterator, Mapping

from sqlmodel import Session

from service.kernel.by_hand import Query

_OF_SITTING = "FROM sittings_sitting s"
_OF_SEAT = f"{_OF_SITTING} JOIN sittings_seat t ON t.sitting_id = s.id"

# By the name that it has in the addresses of the service.
CLASS_OF: Mapping[str, Query] = {
    "paper_id": Query("SELECT class_id FROM papers_paper WHERE id = ?"),
    "mark_id": Query("SELECT p.class_id FROM papers_paper p JOIN papers_mark m ON m.paper_id = p.id WHERE m.id = ?"),
    "sitting_id": Query(f"SELECT s.class_id {_OF_SITTING} WHERE s.id = ?"),
    "seat_id": Query(f"SELECT s.class_id {_OF_SEAT} WHERE t.id = ?"),
    "switch_id": Query(
        f"SELECT s.class_id {_OF_SITTING} JOIN sittings_form_switch w ON w.sitting_id = s.id WHERE w.id = ?"
    ),
    "reopening_id": Query(
        f"SELECT s.class_id {_OF_SITTING} JOIN sittings_sheet_reopening r ON r.sitting_id = s.id WHERE r.id = ?"
    ),
    "photo_id": Query(
        f"SELECT s.class_id {_OF_SITTING} JOIN sittings_incident i ON i.sitting_id = s.id"
        " JOIN sittings_incident_photo f ON f.incident_id = i.id WHERE f.id = ?"
    ),
    "sheet_id": Query(
        f"SELECT s.class_id {_OF_SITTING} JOIN sittings_paper_sheet p ON p.sitting_id = s.id WHERE p.id = ?"
    ),
    "sheet_photo_id": Query(
        f"SELECT s.class_id {_OF_SITTING} JOIN sittings_paper_sheet p ON p.sitting_id = s.id"
        " JOIN sittings_sheet_photo f ON f.sheet_id = p.id WHERE f.id = ?"
    ),
    "appeal_id": Query("SELECT class_id FROM results_appeal WHERE id = ?"),
}


def classes_of(session: Session, names: Mapping[str, object]) -> Iterator[int]:
    """The classes of what an address names; nothing for what there is not, or is of no class."""
    for name, given in names.items():
        number = str(given)
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            continue
        if name == "class_id":
            yield int(number)
        elif name in CLASS_OF:
            yield from (class_id for (class_id,) in CLASS_OF[name].rows(session, int(number)))
