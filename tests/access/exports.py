"""What the record says of tables that left as files."""

import json

from service.journal import queries as journal
from service.kernel import database, sealing
from tests.world import World


def exported(world: World, username: str, content: bytes) -> list[tuple[str, str, int, str]]:
    """(subject, table, rows, format) of every export by this account whose digest is that of ``content``."""
    with database.reading() as session:
        entries = list(session.exec(journal.entries(event="TABLE_EXPORTED")))
    told = [(one.actor, one.subject, json.loads(one.data)) for one in entries]
    return [
        (subject, data["table"], data["rows"], data["format"])
        for actor, subject, data in told
        if actor == f"account:{world.accounts[username]}" and data["digest"] == sealing.digest(content)
    ]
