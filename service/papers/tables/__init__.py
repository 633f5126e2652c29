"""Tables of papers. ``papers`` holds what may be looked at, ``keys`` the sealed answer keys, which only
``service.papers.actions.keys`` may touch."""

from service.papers.tables import keys as keys
from service.papers.tables.papers import Blueprint, Exposure, Opening, Paper, PaperForm, PaperFormItem

__all__ = ["Blueprint", "Exposure", "Opening", "Paper", "PaperForm", "PaperFormItem"]
