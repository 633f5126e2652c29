"""Handing in sheets of a hundred answers: closed, marked, journalled and on disk before the reply."""

from scripts.benchmark import candidates
from scripts.benchmark.databases import Database
from scripts.benchmark.report import Bench
from scripts.benchmark.scenarios import once
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Plan

ITEMS, GOAL = 100, 1000


def run(bench: Bench) -> None:
    """Every seat hands in once, 64 connections at a time."""
    plan = Plan(bench.options.seats, long=True, answered=ITEMS)
    title = f"handing in {ITEMS} stored answers, marked"
    bench.keep("hand-in", once.compare(bench, title, plan, _requests, GOAL))


def _requests(_: Running, database: Database) -> list[bytes]:
    return [candidates.request(one, "POST", "/api/v1/exam/hand-in") for one in database.world.places]
