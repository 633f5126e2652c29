"""What the service does by itself once results are published: a separation certificate for each class."""

from service.kernel import clock, database
from service.oversight import actions


def certify_published() -> None:
    """Certify every class that waits for it, each in a transaction of its own; looking costs no write lock."""
    with database.reading() as session:
        due = actions.due(session)
    for class_id in due:
        with database.writing() as session:
            actions.certify(session, class_id, now=clock.now())
