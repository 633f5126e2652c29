"""What a candidate's machine must load: bytes of the page with everything it needs, the first time and again."""

from scripts.benchmark import assets, candidates, report, servers, verdicts
from scripts.benchmark.databases import SQLITE
from scripts.benchmark.report import Bench, console
from scripts.benchmark.scenarios import scale
from scripts.benchmark.world import Plan

PAGES = ("/exam", "/exam/paper")
EXAM = "/api/v1/exam"
LIGHT = 150


def run(bench: Bench) -> None:
    """Count what crosses the wire for the candidate's pages and for the questions."""
    rows: list[dict[str, object]] = []
    kibibytes: list[float] = []
    with bench.store.copy(SQLITE, Plan(scale.FEW)) as database, servers.service(database) as running:
        place = database.world.places[0]
        # Who is signed in is sent on from /exam, so the door is looked at as a stranger.
        for page, cookie in zip(PAGES, ("", place.token), strict=True):
            found = assets.load(running.port, page, cookie)
            sizes = [len(one.body) for one in found.values()]
            kibibytes.append(sum(sizes) / 1024)
            rows.append(_row(f"{page} with its {len(found) - 1} parts", sizes))
            rows[-1]["not asked again"] = sum(
                "max-age" in one.headers.get("cache-control", "") for one in found.values()
            )
        biggest = sorted(((len(one.body), address) for address, one in found.items()), reverse=True)[:5]
        headers = assets.BROWSER | {"Cookie": f"peikao={place.token}"} | candidates.proof(place, EXAM)
        questions = servers.fetch(running.port, candidates.address(place, EXAM), headers)
        if questions.status != 200:
            raise SystemExit(f"no questions: {questions.status} {questions.body[:300]!r}")
        rows.append(_row("the questions (GET /api/v1/exam)", [len(questions.body)]) | {"not asked again": 0})
    report.show("what a candidate's machine loads the first time", rows)
    console.print("the biggest: " + ", ".join(f"{address} {size / 1024:.0f} KiB" for size, address in biggest))
    bench.judge(verdicts.at_most("the candidate's page in all, the first time", LIGHT, kibibytes[-1], " KiB"))
    bench.keep("weight", {"rows": rows, "biggest": biggest})


def _row(what: str, sizes: list[int]) -> dict[str, object]:
    return {"what": what, "requests": len(sizes), "bytes": sum(sizes), "KiB": sum(sizes) / 1024}
