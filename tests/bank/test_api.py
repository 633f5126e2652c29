"""The bank over HTTP: lists without keys, single items with them and on record, and nothing for strangers."""

import json
from typing import Any

from service.bank import queries
from service.journal import queries as journal
from service.kernel import database
from tests.conftest import Browser
from tests.world import World

LIST_FIELDS = {"id", "code", "number", "kind", "state", "stem", "edition", "article", "roles", "difficulty"} | {
    "level",
    "subject",
    "enemies",
    "filed",
    "tags",
    "case",
}


def readings() -> int:
    with database.reading() as session:
        return len(list(session.exec(journal.entries(event="ITEM_READ"))))


def test_lists_never_contain_a_key_and_one_item_does(world: World, browser: Browser) -> None:
    author = browser.of("author")
    listed: dict[str, Any] = author.get("/api/v1/bank/versions", params={"text": "SIL-002"}).json()
    (row,) = listed["versions"]
    assert set(row) == LIST_FIELDS
    before = readings()

    full = author.get(f"/api/v1/bank/versions/{row['id']}").json()

    assert set(full) == LIST_FIELDS | {"options", "key", "explanation", "pictures", "submitted_at", "review_reason"}
    assert (full["code"], full["key"]) == ("SIL-002", "T")
    assert readings() == before + 1


def test_every_page_of_the_list_together_is_the_whole_bank_and_reading_it_reveals_nothing(
    world: World, browser: Browser
) -> None:
    reviewer = browser.of("reviewer")
    stretches = [reviewer.get("/api/v1/bank/versions").json()]
    while after := stretches[-1]["after"]:
        stretches.append(reviewer.get("/api/v1/bank/versions", params={"after": after}).json())
    rows = [row for one in stretches for row in one["versions"]]
    back = reviewer.get("/api/v1/bank/versions", params={"before": stretches[-1]["before"]}).json()

    with database.reading() as session:
        newest = queries.newest_versions(session)
    assert [row["code"] for row in rows] == sorted(newest)
    assert {(one["total"], one["more"]) for one in stretches} == {(len(newest), False)}
    assert (stretches[0]["before"], len(stretches) > 2) == ("", True)
    assert back["versions"] == stretches[-2]["versions"]
    assert {field for row in rows for field in row} == LIST_FIELDS
    assert readings() == 0


def test_the_list_is_narrowed_by_what_is_given(world: World, browser: Browser) -> None:
    cases = [
        ({"text": "SIL-00"}, [f"SIL-00{number}" for number in range(1, 10)]),
        ({"text": "SIL-00", "kind": "true_false", "edition": "work-safety-law-2021"}, []),
        ({"text": "SIL-001", "state": "approved"}, ["SIL-001"]),
        ({"text": "SIL-001", "state": "submitted"}, []),
        ({"text": "SIL-00", "subject": "coverage"}, ["SIL-001", "SIL-002", "SIL-007"]),
        ({"text": "SIL-00", "level": "understand"}, ["SIL-004", "SIL-005", "SIL-009"]),
        ({"text": "SIL-00", "level": "recall", "subject": "determination"}, ["SIL-008"]),
        ({"subject": "nothing"}, []),
        ({"enemy": "excluded-by-conduct"}, ["SIL-009", "WII-014", "WII-015"]),
        ({"enemy": "excluded-by-%"}, []),
        ({"text": "SIL-00", "role": "safety_officer", "difficulty": 5}, []),
        ({"text": "sil－００２"}, ["SIL-002"]),
        ({"text": "SIL-00", "tag": "nothing"}, []),
    ]
    for params, codes in cases:
        rows = browser.of("author").get("/api/v1/bank/versions", params=params).json()["versions"]

        assert (params, [row["code"] for row in rows]) == (params, codes)


def test_strangers_to_the_bank_see_none_of_it_and_each_attempt_is_on_record(world: World, browser: Browser) -> None:
    paths = ["/api/v1/bank/versions", "/api/v1/bank/versions/1", "/api/v1/bank/editions", "/api/v1/bank/subjects"]
    strangers = [
        "institution",
        "enterprise",
        "administrator",
        "assembler",
        "approver",
        "proctor1",
        "auditor",
        "planner",
    ]
    assert [browser.of("author").get(path).status_code for path in paths] == [200, 200, 200, 200]

    for username in strangers:
        for path in paths:
            refused = browser.of(username).get(path)
            assert (username, refused.status_code, refused.json()["code"]) == (username, 403, "right_missing")

    with database.reading() as session:
        attempts = [json.loads(entry.data)["path"] for entry in session.exec(journal.entries(event="ACCESS_REFUSED"))]
    assert sorted(attempts) == sorted(paths * len(strangers))


def test_an_item_travels_from_the_author_to_the_reviewer_over_http(world: World, browser: Browser) -> None:
    item = {
        "code": "SIL-900",
        "kind": "single",
        "stem": "社会保险法自哪一年起施行（　　）。",
        "options": {"A": "2009年", "B": "2010年", "C": "2011年", "D": "2012年"},
        "key": "C",
        "explanation": "依据第九十八条。",
        "edition": "social-insurance-law-2018",
        "article": 98,
        "roles": ["team_leader"],
        "difficulty": 2,
        "level": "apply",
        "subject": "coverage",
        "enemies": ["beginnings"],
        "tags": ["年份"],
    }
    author, reviewer = browser.of("author"), browser.of("reviewer")

    done = {"changed": 0, "alike": []}
    assert author.post("/api/v1/bank/items", json=[item]).json() == {**done, "new": 1, "unchanged": 0}
    assert author.post("/api/v1/bank/items", json=[item]).json() == {**done, "new": 0, "unchanged": 1}
    (waiting,) = reviewer.get("/api/v1/bank/versions/awaiting-review").json()
    early = reviewer.get(f"/api/v1/bank/versions/{waiting}")
    assert (early.status_code, early.json()["code"]) == (409, "answer_first")
    unanswered = reviewer.post(f"/api/v1/bank/versions/{waiting}/review", json={"approve": True})
    assert (unanswered.status_code, unanswered.json()["code"]) == (409, "answer_first_to_approve")
    answered = reviewer.post(f"/api/v1/bank/versions/{waiting}/answer", json={"chosen": [item["key"]]})
    assert answered.json() == {"right": True}
    full = reviewer.get(f"/api/v1/bank/versions/{waiting}").json()
    assert {name: full[name] for name in item} == item
    judged = reviewer.post(f"/api/v1/bank/versions/{waiting}/review", json={"approve": True})
    assert judged.json() == {"state": "approved"}
    again = reviewer.post(f"/api/v1/bank/versions/{waiting}/review", json={"approve": False, "reason": "改主意"})
    assert (again.status_code, again.json()["code"]) == (409, "item_state")
    assert reviewer.post("/api/v1/bank/items", json=[item]).status_code == 403
    wrong = (
        ({"key": "E"}, 422, "item_faulty"),
        ({"tags": [""]}, 422, "item_faulty"),
        ({"enemies": ["互斥"]}, 422, "item_faulty"),
        ({"subject": "nothing"}, 422, "subject_unknown"),
        ({"level": "guess"}, 422, "malformed"),
    )
    for change, status, code in wrong:
        refused = author.post("/api/v1/bank/items", json=[{**item, **change}])
        assert (change, refused.status_code, refused.json()["code"]) == (change, status, code)


def test_subjects_are_listed_as_they_were_loaded_and_loaded_by_authors_only(world: World, browser: Browser) -> None:
    author, path = browser.of("author"), "/api/v1/bank/subjects"
    before = author.get(path).json()
    assert [before[place]["slug"] for place in (0, -1)] == ["geology", "remedies"]
    renamed = [{**before[0], "title": "地质"}, *before[1:], {"slug": "new-one", "title": "新科目", "title_en": "New"}]

    assert author.put(path, json=renamed).json() == {"changed": 2}
    assert author.put(path, json=renamed).json() == {"changed": 0}

    assert author.get(path).json() == renamed
    assert author.put(path, json=[before[0], before[0]]).json()["code"] == "subject_repeated"
    assert author.put(path, json=[{**before[0], "slug": "No Slug"}]).status_code == 422
    assert browser.of("reviewer").put(path, json=renamed).json()["code"] == "right_missing"
    with database.reading() as session:
        entry = next(iter(session.exec(journal.entries(event="SUBJECTS_LOADED"))))
    assert json.loads(entry.data) == {"subjects": ["geology", "new-one"]}


def test_a_submission_names_the_items_that_it_is_like_and_is_made_all_the_same(world: World, browser: Browser) -> None:
    author = browser.of("author")
    with database.reading() as session:
        text = queries.text_of(*queries.newest_versions(session)["SIL-001"])
    item = {
        "kind": text.kind,
        "stem": text.stem,
        "options": dict(text.options),
        "key": text.key,
        "explanation": text.explanation,
        "edition": text.edition,
        "article": text.article,
        "roles": list(text.roles),
        "difficulty": text.difficulty,
    }
    other = {
        **item,
        "code": "SIL-902",
        "stem": "这一道与题库里的任何一道都不像。",
        "options": {},
        "kind": "true_false",
        "key": "T",
    }
    body = [{**item, "code": "SIL-901", "stem": f"请问：{text.stem}"}, other]

    reply = author.post("/api/v1/bank/items", json=body).json()

    assert (reply["new"], [one["code"] for one in reply["alike"]]) == (2, ["SIL-901"])
    (near, *_) = reply["alike"][0]["near"]
    assert (near["code"], near["stem"], 60 <= near["likeness"] < 100) == ("SIL-001", text.stem[:60], True)
    assert author.post("/api/v1/bank/items", json=body).json() == {"new": 0, "changed": 0, "unchanged": 2, "alike": []}
