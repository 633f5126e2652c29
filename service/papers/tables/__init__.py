"""Tables of papers. ``papers`` holds what may be looked at, ``keys`` the sealed answer keys, which only
``service.papers.actions.keys`` may touch."""

from service.papers.tables import keys as keys
from service.papers.tables.papers import Blueprint, Exposure, OpenedKey, Opening, Paper, PaperForm, PaperFormItem, Share

__all__ = ["Blueprint", "Exposure", "OpenedKey", "Opening", "Paper", "PaperForm", "PaperFormItem", "Share"]
