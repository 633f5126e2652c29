"""Loads every tables module, so that foreign keys by table name resolve; the one metadata of the service."""

import importlib

from sqlmodel import SQLModel

SLICES = ("journal", "access", "programme", "bank", "papers", "sittings", "results", "oversight")

for _slice in SLICES:
    importlib.import_module(f"service.{_slice}.tables")

metadata = SQLModel.metadata
