"""Tables of papers. ``papers`` holds what may be looked at, ``jobs`` how it is assembled, ``keys`` the sealed answer
keys, which only ``service.papers.actions.keys`` may touch."""

from service.papers.tables import keys as keys
from service.papers.tables.jobs import Job, Run, TargetSet
from service.papers.tables.marks import Mark
from service.papers.tables.papers import Blueprint, Exposure, Opening, Paper, PaperForm, PaperFormItem

__all__ = ["Blueprint", "Exposure", "Job", "Mark", "Opening", "Paper", "PaperForm", "PaperFormItem", "Run", "TargetSet"]
