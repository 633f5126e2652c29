"""What one version of a blueprint changes in the one before it, setting by setting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.papers.rules.blueprint import Blueprint, canonical

SECTION_NAMES = {
    "cells": "法规与题型",
    "ranges": "题数范围",
    "points": "每题分值",
    "must_include": "必选组",
    "enemies": "互斥组",
    "sources": "来源",
    "role": "岗位",
    "duration_minutes": "考试时长（分钟）",
    "pass_points": "合格分",
    "exposure_cap": "每题使用次数上限",
    "rest_days": "间隔天数",
    "overlap_earlier": "与以往试卷重复题数上限",
    "shuffle": "按考生打乱题目和选项顺序",
    "cases": "案例数",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting: its section, its name within it, and what it was and is; None where it was not or is not there."""

    section: str
    name: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Blueprint, after: Blueprint) -> Iterator[Difference]:
    """Every setting of which the two versions say something else, in the order of the table."""
    old, new = canonical(before), canonical(after)
    for section in SECTION_NAMES:
        was, becomes = _named(section, old.get(section)), _named(section, new.get(section))
        for name in dict.fromkeys([*was, *becomes]):
            if was.get(name) != becomes.get(name):
                yield Difference(section, name, was.get(name), becomes.get(name))


def _named(section: str, value: Any) -> Mapping[tuple[str, ...], Any]:
    """A section as its settings by name; what has no name of its own is its own name."""
    match section:
        case "cells":
            return {(str(regulation), str(kind)): number for regulation, kind, number in value}
        case "ranges":
            return {(str(axis), str(one)): f"{least}–{most}" for axis, one, least, most in value}
        case "must_include":
            return {tuple(codes): least for codes, least in value}
        case "enemies":
            return {tuple(codes): "×" for codes in value}
        case "cases":
            least, most = value or (0, 0)
            return {(): f"{least}–{most}"}
        case "points" | "sources":
            return {(str(name),): one for name, one in value.items()}
        case _:
            return {(): value}
