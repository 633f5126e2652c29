"""The data map and the tables say the same: no column of a person is missing, and none is listed that there is not."""

import sqlalchemy as sa

from service import schema
from service.oversight.rules.personal import DATA, EVERYWHERE, datum

POINTS_TO = {"access_person", "access_account", "programme_trainee", "sittings_seat"}
# Columns of text and bytes that are of no person: places and bodies, the bank, papers, the programme, machines.
NOBODYS = {
    "access_client": {"client_id", "secret_digest", "certificate_sha256", "removal_reason"},
    "access_duty": {"duty"},
    "access_organisation": {"kind", "name", "county"},
    "programme_class": {"code", "name", "role"},
    "programme_plan": {"practical_basis", "source"},
    "sittings_checklist_entry": {"equipment", "note"},
    "sittings_exam_point": {"name", "county", "address", "opens", "closes"},
    "sittings_form_switch": {"reason", "note"},
    "sittings_machine_check": {"machine", "browser", "address", "faults"},
    "sittings_machine_trial": {"machine"},
    "sittings_paper_print": {"digest", "waiting"},
    "sittings_room": {"name", "address_ranges"},
    "sittings_room_rule": {"source"},
    "sittings_sitting": {"seb_config_key", "seb_config"},
    "sittings_ticket_print": {"sittings"},
    "oversight_disposal": {"kind", "digest"},
    "results_count": {"county", "month"},
    "results_form_part": {"regulation", "subject"},
    "results_part_count": {"axis", "key", "month"},
    "results_part_tally": {"axis", "key", "month"},
    "results_script": {"worth"},
    "results_disposed_class": {"digest"},
    "results_edition": {"cause", "reason", "digest"},
    "results_item_ruling": {"state", "wanted", "reason", "note"},
    "results_tally": {"axis", "across", "key", "across_key", "month"},
    "journal_entry": {"at", "event", "previous", "hash"},
}
# Numbers that a machine drew for an act, so that it counts once.
DRAWN = {"nonce"}
# Which secret a sealed column lies under.
KEYS = {"key_id", "photo_key_id"}
# Whole slices and tables that know no person but in the columns that point to one.
IMPERSONAL = ("bank_", "papers_", "journal_head", "journal_subtree", "journal_tree", "journal_witness", "journal_cosig")


def suspects() -> dict[str, set[str]]:
    """Columns that could hold something of a person: text, bytes, or a reference to one."""
    found: dict[str, set[str]] = {}
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            pointing = {key.column.table.name for key in column.foreign_keys} & POINTS_TO
            holding = isinstance(column.type, sa.String | sa.LargeBinary | sa.Enum | sa.JSON)
            holding |= isinstance(column.type, sa.types.TypeDecorator)
            if pointing or (holding and not _instant(column)) or column.name.endswith("_by"):
                found.setdefault(table.name, set()).add(column.name)
    return found


def _instant(column: sa.Column[object]) -> bool:
    return isinstance(getattr(column.type, "impl", None), sa.DateTime)


def test_every_column_of_a_person_is_on_the_map() -> None:
    missing = {
        (table, column)
        for table, columns in suspects().items()
        for column in columns - NOBODYS.get(table, set()) - DRAWN - KEYS
        if datum(table, column) is None and not table.startswith(IMPERSONAL)
    }

    assert missing == set()
    assert sum(map(len, suspects().values())) > 200


def test_the_map_names_what_there_is_and_once() -> None:
    tables = {table.name: set(table.columns.keys()) for table in schema.metadata.sorted_tables}
    listed = [(one.table, column) for one in DATA if one.table != EVERYWHERE for column in one.columns]

    assert [at for at in listed if at[1] not in tables.get(at[0], set())] == []
    assert len(set(listed)) == len(listed)


def test_what_is_said_to_be_nobodys_is_there() -> None:
    tables = {table.name: set(table.columns.keys()) for table in schema.metadata.sorted_tables}

    assert {(table, one) for table, names in NOBODYS.items() for one in names if one not in tables[table]} == set()
    assert [(table, one) for table, names in NOBODYS.items() for one in names if datum(table, one)] == []
