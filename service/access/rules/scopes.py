"""What an access token of a program may be good for (RFC 6749 §3.3): one right each, whatever the duty carries."""

from collections.abc import Mapping
from enum import StrEnum

from service.access.rules.policy import Right


class Scope(StrEnum):
    STATISTICS = "statistics"
    JOURNAL_HEADS = "journal.heads"
    CREDITS = "credits"


SCOPES: Mapping[str, Right] = {
    Scope.STATISTICS: Right.STATISTICS_PASS_RATES,
    Scope.JOURNAL_HEADS: Right.JOURNAL_HEADS,
    Scope.CREDITS: Right.RESULTS_CREDITS,
}
