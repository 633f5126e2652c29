"""Whoever had to sign in first comes back to the page that they asked for, and to no other site."""

import re

import pytest

from tests.conftest import Browser
from tests.world import World


def onward(browser: Browser, link: str) -> str:
    """Where the form would lead after signing in."""
    found = re.search(r'data-next="([^"]*)"', browser.stranger().get("/sign-in", params={"next": link}).text)
    assert found is not None
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        pytest.param("/proctor/sittings/3", "/proctor/sittings/3", id="a page"),
        pytest.param("/accounts?text=%E5%BC%A0&kind=", "/accounts?text=%E5%BC%A0&kind=", id="a page with a filter"),
        pytest.param("", "/", id="nothing"),
        pytest.param("accounts", "/", id="no path"),
        pytest.param("//evil.example", "/", id="another host"),
        pytest.param("/\\evil.example", "/", id="another host as browsers read a backslash"),
        pytest.param("https://evil.example", "/", id="another site"),
        pytest.param("javascript:alert(1)", "/", id="a script"),
        pytest.param("/a\n/b", "/", id="a line break"),
        pytest.param("/" + "a" * 400, "/", id="far too long"),
    ],
)
def test_only_pages_of_this_service_are_led_to(browser: Browser, link: str, leads_to: str) -> None:
    assert onward(browser, link) == leads_to


def test_whoever_is_signed_in_already_goes_on_at_once(world: World, browser: Browser) -> None:
    reply = browser.of("planner").get("/sign-in", params={"next": "/classes"})

    assert (reply.status_code, reply.headers["location"]) == (303, "/classes")


def test_a_candidate_has_a_door_of_its_own(browser: Browser) -> None:
    assert browser.stranger().get("/exam/paper").headers["location"] == "/exam"
