"""What strangers send stands in one line of the log, and what the database refused does not stand there at all."""

import logging

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError

from service.kernel import database, one_line
from service.main import create_app
from tests import world as worlds
from tests.conftest import Browser, application
from tests.world import World


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("GET /classes", "GET /classes"),
        ("GET /a\nERROR forged", "GET /a\\x0aERROR forged"),
        ("GET /a\r\nERROR", "GET /a\\x0d\\x0aERROR"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\u2028b\u202ec", "a\\x2028b\\x202ec"),
        ("中文 is fine", "中文 is fine"),
        ("x" * 3000, "x" * 2000 + "…"),
    ],
)
def test_a_line_is_one_line(text: str, line: str) -> None:
    assert one_line.plain(text) == line


def test_a_path_with_a_line_break_forges_no_line(
    world: World, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"kind": "hr", "name": "市人社局", "county": ""}
    with caplog.at_level(logging.WARNING, logger="peikao"):
        reply = browser.of("administrator").post("/api/v1/organisations", json=body)
        logging.getLogger("peikao").warning("refused %s", "/a\nERROR forged")

    assert reply.status_code == 409
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2 and all("\n" not in line for line in lines)
    assert "forged" in lines[1]


def test_what_the_database_refused_is_not_in_the_log(
    staffed: World, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "organisation_id": staffed.organisations["hr"],
        "name": "记号人",
        "citizen_id": worlds.citizen_id(812),
        "username": "planner",
    }

    with caplog.at_level(logging.DEBUG, logger="peikao"):
        assert browser.of("administrator").post("/api/v1/accounts", json=body).status_code == 409

    said = " ".join(record.getMessage() for record in caplog.records)
    assert "a database constraint refused" in said
    assert not [word for word in ("记号人", worlds.citizen_id(812), "argon2id") if word in said]


def test_errors_of_the_engine_keep_parameters_to_themselves(empty_url: str) -> None:
    statement = sa.text("INSERT INTO access_organisation (kind, name, county) VALUES (:kind, :name, '')")
    with pytest.raises(IntegrityError) as refused, database.writing() as session:
        session.execute(statement, {"kind": "planted-marker", "name": "planted-marker"})

    assert "[SQL parameters hidden" in str(refused.value)


def test_the_filter_is_there_once_however_often_the_service_is_made() -> None:
    for _ in range(3):
        TestClient(application())

    filters = logging.getLogger("peikao").filters
    assert sum(isinstance(one, one_line.OneLine) for one in filters) == 1


def test_over_https_browsers_are_told_to_stay_there() -> None:
    app = create_app()
    name = "strict-transport-security"

    secure = TestClient(app, base_url="https://exam.example.org").get("/trust")
    assert secure.headers[name] == "max-age=31536000; includeSubDomains"
    assert name not in TestClient(app, base_url="http://exam.example.org").get("/trust").headers
