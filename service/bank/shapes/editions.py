"""Editions as plain values, for the rules on their dates."""

from service.bank.rules.repeal import Dated
from service.bank.tables import Edition


def dated(edition: Edition) -> Dated:
    """One edition with its dates."""
    return Dated(edition.slug, edition.regulation, edition.effective_on, edition.repealed_on, edition.articles)
