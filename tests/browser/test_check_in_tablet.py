"""What lies on a tablet at the door: a sealed roster, a page that opens by itself, nothing that outstays its time."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from service.kernel import database
from service.kernel.settings import ROOT
from service.sittings.actions import tablets, ticketing
from service.sittings.tables import Tablet as TabletRow
from tests import world as worlds
from tests.browser import doors
from tests.browser.conftest import Server
from tests.browser.doors import PATIENCE, Tablet
from tests.browser.test_pages import clipped, inaccessible
from tests.conftest import using

pytestmark = pytest.mark.browser

# Everything in the tablet's store as text; bytes as their Latin letters, so that a name in clear would be found.
STORED = """async () => {
  const opened = indexedDB.open("peikao-door");
  const database = await new Promise((resolve) => { opened.onsuccess = () => resolve(opened.result); });
  const found = {};
  for (const name of database.objectStoreNames) {
    const request = database.transaction(name).objectStore(name).getAll();
    found[name] = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  }
  const text = (_, value) => {
    if (value instanceof CryptoKey) return { extractable: value.extractable, algorithm: value.algorithm.name };
    if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
    return value;
  };
  return JSON.parse(JSON.stringify(found, text));
}"""
CHANGE = """async ([store, change]) => {
  const opened = indexedDB.open("peikao-door");
  const database = await new Promise((resolve) => { opened.onsuccess = () => resolve(opened.result); });
  const transaction = database.transaction(store, "readwrite");
  transaction.objectStore(store).openCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor) return;
    const row = cursor.value;
    if (change === "bytes") new Uint8Array(row.sealed)[20] ^= 1;
    if (change === "device" && row.name.startsWith("device:")) row.value = "another-tablet";
    if (change === "pin" && row.name === "pin") row.value = { ...row.value, x: row.value.y };
    cursor.update(row);
    cursor.continue();
  };
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
}"""


@pytest.fixture
def tablet(chrome: Browser, server: Server) -> Iterator[Tablet]:
    with doors.tablet(chrome, server) as held:
        yield held


def reload(tablet: Tablet) -> None:
    tablet.page.reload()
    tablet.page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)


def roster(tablet: Tablet, state: str) -> None:
    expect(tablet.page.locator("[data-roster]")).to_have_attribute("data-state", state, timeout=PATIENCE)


# --- the roster ---


def test_no_name_and_no_number_of_a_person_lies_there_in_clear(tablet: Tablet) -> None:
    tablet.context.set_offline(True)
    tablet.admit(tablet.server.world.codes[tablet.server.world.seats[0]])
    assert "学员" in tablet.page.locator("[data-recent]").inner_text()

    stored = tablet.page.evaluate(STORED)

    assert [len(stored[name]) for name in ("packs", "rooms", "acts")] == [1, 1, 2]
    seal = next(row["value"] for row in stored["settings"] if row["name"] == "seal")
    assert seal == {"extractable": False, "algorithm": "AES-GCM"}
    assert "学员" not in str(stored)
    assert "*" * 6 not in str(stored)
    assert "青松煤矿" not in str(stored)
    tablet.context.set_offline(False)
    tablet.delivered()


@pytest.mark.parametrize(
    ("store", "change"),
    [
        pytest.param("packs", "bytes", id="a byte of it was changed"),
        pytest.param("settings", "device", id="it is another tablet's"),
        pytest.param("settings", "pin", id="it is not signed by the key of the first use"),
    ],
)
def test_a_roster_is_not_used_when(tablet: Tablet, store: str, change: str) -> None:
    tablet.context.set_offline(True)
    reload(tablet)
    roster(tablet, "kept")

    tablet.page.evaluate(CHANGE, [store, change])
    reload(tablet)

    roster(tablet, "none")
    assert tablet.page.evaluate(STORED)["packs"] == []


def test_a_server_with_another_key_is_not_believed_until_a_person_says_so(tablet: Tablet) -> None:
    tablet.page.evaluate(CHANGE, ["settings", "pin"])
    reload(tablet)
    roster(tablet, "none")
    tablet.page.click("[data-roster]")
    tablet.page.click("[data-refresh]")
    expect(tablet.page.locator("[data-slot=roster-status]")).to_contain_text("签名密钥", timeout=PATIENCE)

    tablet.page.click("[data-roster-panel] summary")
    tablet.page.click("[data-forget]")
    tablet.page.click("[data-sure] [data-answer=yes]")
    tablet.page.click("[data-refresh]")
    roster(tablet, "kept")


def test_a_roster_is_gone_when_its_time_is_over(tablet: Tablet) -> None:
    tablet.server.set_clock(worlds.ENDS_AT + timedelta(hours=2, minutes=1))
    tablet.page.click("[data-queue]")
    roster(tablet, "none")
    assert tablet.page.evaluate(STORED)["packs"] == []


def test_signing_out_takes_the_roster_along_but_not_what_was_not_delivered(tablet: Tablet) -> None:
    page, server = tablet.page, tablet.server
    tablet.context.route("**/check-ins", lambda route: route.abort())
    tablet.admit(server.world.codes[server.world.seats[0]])
    page.goto(f"{server.url}/proctor")
    page.click("form[data-leave] button")
    page.click("#ask [data-answer=yes]")
    page.wait_for_url(f"{server.url}/")
    stored = page.evaluate(STORED)
    assert (stored["packs"], len(stored["acts"])) == ([], 2)
    assert page.evaluate("async () => Boolean(await caches.match('/proctor'))") is False

    tablet.context.unroute("**/check-ins")
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=username]", "proctor1")
    page.fill("input[name=password]", worlds.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{server.url}/")
    tablet.open()
    tablet.delivered()
    assert [act[:3] for act in doors.decisions(server)] == [(server.world.seats[0], "admit", "allowed")]


KEPT_PAGE = "async (address) => Boolean(await caches.match(new URL(address).pathname))"


def shut_out(server: Server) -> None:
    with using(server.database_url), database.writing() as session:
        row = session.exec(select(TabletRow)).one()
        arranger = server.world.actor(session, "arranger")
        tablets.revoke(session, arranger, row.id or 0, "", now=worlds.CHECK_IN_AT)


def test_a_stolen_tablet_that_was_shut_out_clears_itself_without_a_password(tablet: Tablet) -> None:
    """Its session has ended, and whoever holds it knows no password; the roster goes all the same, and so do pages."""
    assert tablet.page.evaluate(KEPT_PAGE, tablet.address) is True
    shut_out(tablet.server)
    # Whoever types the next number by guessing is told nothing more.
    tablet.scan(tablet.server.world.tickets[tablet.server.world.seats[0]])
    expect(tablet.page.locator("[data-banner]")).to_contain_text("已停用", timeout=PATIENCE)
    roster(tablet, "none")
    assert tablet.page.evaluate(STORED)["packs"] == []
    assert tablet.page.evaluate(KEPT_PAGE, tablet.address) is False


def test_a_stolen_tablet_clears_itself_when_its_page_is_only_opened(tablet: Tablet) -> None:
    tablet.page.close()
    shut_out(tablet.server)
    tablet.page = tablet.watched.page()
    tablet.open()
    roster(tablet, "none")
    assert tablet.page.evaluate(STORED)["packs"] == []


def test_an_ended_session_alone_takes_no_roster_away(tablet: Tablet) -> None:
    tablet.context.clear_cookies()
    tablet.page.click("[data-queue]")
    expect(tablet.page.locator("[data-banner]")).to_contain_text("请重新登录", timeout=PATIENCE)
    roster(tablet, "kept")
    assert len(tablet.page.evaluate(STORED)["packs"]) == 1


def test_a_tablet_that_was_found_again_forgets_and_enrols_anew(tablet: Tablet) -> None:
    page, server = tablet.page, tablet.server
    shut_out(server)
    page.click("[data-queue]")
    expect(page.locator("[data-banner]")).to_contain_text("已停用", timeout=PATIENCE)
    tablet.watched.sign_in("proctor1").close()
    page.click("[data-roster]")
    page.click("[data-roster-panel] summary")
    page.click("[data-forget]")
    page.click("[data-sure] [data-answer=yes]")
    page.click("[data-refresh]")
    roster(tablet, "kept")
    page.click("[data-roster-panel] [data-close]")
    tablet.admit(server.world.codes[server.world.seats[0]])
    tablet.delivered()
    assert doors.cases(server) == []


def test_shutting_out_the_tablet_in_ones_own_hand_is_asked_as_that_and_can_be_taken_back(tablet: Tablet) -> None:
    page = tablet.page
    page.goto(f"{tablet.server.url}/tablets")
    expect(page.locator("[data-this-tablet]")).to_have_text("您手里的这台")
    page.click("button.bad")
    expect(page.locator("#ask-text")).to_contain_text("您要停用的正是手里的这台平板")
    page.click("#ask [data-answer=no]")
    expect(page.locator("button.bad")).to_have_count(1)

    page.click("button.bad")
    page.click("#ask [data-answer=yes]")
    expect(page.locator("td .state, td").filter(has_text="不能再用").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="恢复").click()
    page.click("#ask [data-answer=yes]")
    expect(page.locator("button.bad")).to_have_count(1, timeout=PATIENCE)
    tablet.open()
    roster(tablet, "kept")


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_a_typed_number_of_a_replaced_ticket_is_a_warning_that_the_proctor_confirms(
    tablet: Tablet, offline: bool
) -> None:
    page, server = tablet.page, tablet.server
    seat_id = server.world.seats[0]
    with using(server.database_url), database.writing() as session:
        arranger = server.world.actor(session, "arranger")
        ticketing.reissue_ticket(session, arranger, seat_id, "遗失", now=worlds.CHECK_IN_AT)
    page.click("[data-roster]")
    page.click("[data-refresh]")
    expect(page.locator("[data-slot=roster-status]")).to_contain_text("名册 6 人", timeout=PATIENCE)
    page.click("[data-roster-panel] [data-close]")
    tablet.context.set_offline(offline)

    tablet.scan(server.world.tickets[seat_id])
    expect(tablet.verdict).to_have_text("请先处理", timeout=PATIENCE)
    expect(page.locator("[data-slot=why]")).to_contain_text("请让考生出示新的准考证（第2次签发）")
    doors.keep(page, f"replaced-{offline}")
    page.click("[data-admit]")
    expect(page.locator("[data-sure]")).to_contain_text("见到第2次签发的新准考证了吗")
    page.click("[data-sure] [data-answer='']")
    expect(tablet.verdict).to_have_text("请先处理")
    page.click("[data-admit]")
    page.click("[data-sure] [data-answer=yes]")
    expect(tablet.done).to_have_text("已准入", timeout=PATIENCE)
    tablet.context.set_offline(False)
    tablet.delivered()
    assert [act[:3] for act in doors.decisions(server)] == [(seat_id, "admit", "allowed")]
    assert doors.cases(server) == []


# --- the page ---


def test_replies_of_the_api_are_not_kept(tablet: Tablet) -> None:
    tablet.admit(tablet.server.world.codes[tablet.server.world.seats[0]])
    tablet.delivered()
    kept = tablet.page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)))).flat()"
    )
    assert {"/static/js/checkin.js", "/static/vendor/zxing-wasm/zxing_reader.wasm"} <= set(kept)
    assert [address for address in kept if address.startswith("/api/")] == []


def test_a_new_release_takes_the_place_of_the_old_one(chrome: Browser, server: Server, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    server.environment["PEIKAO_TEMPLATES"] = str(templates)
    server.stop()
    server.start()
    with doors.tablet(chrome, server) as tablet:
        (before,) = tablet.page.evaluate("caches.keys()")
        sheet = templates / "static" / "css" / "checkin.css"
        sheet.write_text(
            sheet.read_text(encoding="utf-8") + "\n.checkin { outline: 3px solid red; }\n", encoding="utf-8"
        )

        reload(tablet)
        tablet.page.wait_for_function(
            "(before) => caches.keys().then((names) => { window.names = names; }) && window.names?.length === 1"
            " && window.names[0] !== before",
            arg=before,
            timeout=PATIENCE,
        )
        tablet.context.set_offline(True)
        reload(tablet)
        drawn = "getComputedStyle(document.querySelector('.checkin')).outlineWidth"
        assert tablet.page.evaluate(drawn) == "3px"


def test_two_windows_of_one_tablet_do_not_work_side_by_side(tablet: Tablet) -> None:
    second = tablet.watched.page()
    second.goto(tablet.address)
    expect(second.locator("[data-other-window]")).to_be_visible(timeout=PATIENCE)
    second.click("[data-other-window] button")
    second.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE)
    expect(tablet.page.locator("[data-other-window]")).to_be_visible(timeout=PATIENCE)


def test_the_sound_stays_off_when_it_was_switched_off(tablet: Tablet) -> None:
    tablet.page.click("[data-mute]")
    reload(tablet)
    expect(tablet.page.locator("[data-mute]")).to_have_attribute("aria-pressed", "true")


# --- hands and eyes ---

# Targets for gloves: 56 px either way (our choice, beyond the 24 of WCAG 2.2). On a narrow screen the entry gives way
# to the card: no target then, only where a scanner's keys arrive.
SMALL = """() => [...document.querySelectorAll("button, input, a[role=button], summary")]
  .filter((one) => one.checkVisibility() && (one.form ?? one).getBoundingClientRect().width > 2)
  .map((one) => [one.outerHTML.slice(0, 90), one.type === "radio" ? one.closest("label").getBoundingClientRect()
                                                                  : one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 2 && (box.height < 55.5 || box.width < 55.5)).map(([html]) => html)"""
SIZES = [(1024, 768), (768, 1024), (390, 844)]


def faults(page: Page, name: str) -> list[str]:
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        doors.keep(page, f"{name}-{width}")
        found += clipped(page) + [f"{width}: small {one}" for one in page.evaluate(SMALL)]
        found += [f"{width}: {one}" for one in inaccessible(page)]
    return [f"{name} {one}" for one in found]


def test_every_state_is_whole_large_enough_and_accessible(tablet: Tablet) -> None:
    page, world = tablet.page, tablet.server.world
    found = faults(page, "ready")
    tablet.scan(world.codes[world.seats[0]])
    expect(tablet.verdict).to_have_text("可以入场", timeout=PATIENCE)
    found += faults(page, "may-enter")
    page.click("[data-refuse]")
    found += faults(page, "reasons")
    page.click("[data-reasons] [data-close]")
    page.click("[data-admit]")
    expect(tablet.done).to_have_text("已准入", timeout=PATIENCE)
    found += faults(page, "admitted")
    tablet.scan(world.tickets[world.seats[0]])
    expect(tablet.verdict).to_have_text("已经入场过", timeout=PATIENCE)
    found += faults(page, "already")
    tablet.scan("12345678")
    expect(tablet.verdict).to_have_text("不能入场", timeout=PATIENCE)
    found += faults(page, "unknown")
    for mark in ("roster", "cases"):
        page.click(f"[data-{mark}]")
        found += faults(page, mark)
        page.click(f"[data-{mark}-panel] [data-close]")
    tablet.context.set_offline(True)
    tablet.refuse(world.codes[world.seats[1]], "impersonation")
    found += faults(page, "offline")
    tablet.context.set_offline(False)
    tablet.delivered()
    assert found == []
