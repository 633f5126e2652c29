"""What a program learns that asks twice: small groups are put together within an answer, and not between two of them.

SECURITY names this among what is not promised. Programs belong to bodies whose own people see every published result;
whoever closes it changes these tests and that sentence.
"""

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Browser, Clock
from tests.oversight.test_rates import MUCH_LATER, PATH
from tests.world import World


@pytest.fixture
def program(examined: World, browser: Browser, clock: Clock) -> TestClient:
    """A program of the HR bureau that may ask for rates, and for nothing of persons."""
    clock.set(MUCH_LATER)
    body = {"organisation_id": examined.organisations["hr"], "client_id": "hr-system"}
    secret = browser.of("security").post("/api/v1/clients", json=body).json()["client_secret"]
    client = browser.stranger()
    form = {"grant_type": "client_credentials", "client_id": "hr-system", "client_secret": secret}
    client.headers["authorization"] = f"Bearer {client.post('/oauth2/token', data=form).json()['access_token']}"
    return client


def cells(program: TestClient, query: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(enrolled, passed) of each group."""
    told = program.get(f"{PATH}?{query}").json()["cells"]
    return {(one["key"], one["across"]): (one["enrolled"], one["passed"]) for one in told}


def test_in_one_answer_nobody_stands_alone(program: TestClient) -> None:
    for query in ("by=enterprise", "by=enterprise&across=plan_year", "by=enterprise&plan_year=2025", "by=class"):
        found = cells(program, query)
        few = [key for key, (enrolled, _) in found.items() if enrolled < 5 and len(found) > 1]
        assert few == [], query


def test_from_two_answers_the_result_of_one_person_follows(examined: World, program: TestClient) -> None:
    """Six of an enterprise, of whom five were of 2024: the sixth, of 2025, passed."""
    pine = str(examined.organisations["enterprise"])
    all_years, by_year = cells(program, "by=enterprise"), cells(program, "by=enterprise&across=plan_year")

    told = by_year[pine, "2024"]
    assert (pine, "2025") not in by_year
    enrolled, passed = (one - other for one, other in zip(all_years[pine, ""], told, strict=True))
    assert (enrolled, passed) == (1, 1)


@pytest.mark.parametrize("username", ["institution", "enterprise", "supervisor"])
def test_those_outside_who_see_only_their_own_people_have_no_question_to_ask(
    examined: World, browser: Browser, clock: Clock, username: str
) -> None:
    """Neither rates nor pass rates, in whatever form; the people of the HR bureau see every single result anyway."""
    clock.set(MUCH_LATER)
    paths = (f"{PATH}?by=class", "/api/v1/statistics/pass-rates", "/rates", "/rates.csv", "/rates.xlsx", "/pass-rates")
    assert [browser.of(username).get(path).status_code for path in paths] == [403] * len(paths)
    assert [browser.of("statistician").get(path).status_code for path in paths] == [200] * len(paths)
    results = browser.of("statistician").get(f"/api/v1/results/classes/{examined.class_id}").json()
    assert len(results) > 0 and all(one["result_id"] for one in results)
