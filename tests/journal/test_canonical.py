"""The bytes that are hashed are one canonical JSON, whoever writes it: the service puts it together, others dump it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from service.journal.rules import Entry, canonical, compact

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DATA = st.dictionaries(
    WORDS, st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=3), max_size=5
)


@given(
    st.builds(Entry, seq=st.integers(1), at=WORDS, event=WORDS, actor=WORDS, subject=WORDS, data=DATA, previous=WORDS)
)
def test_what_is_hashed_is_what_any_writer_of_canonical_json_writes(entry: Entry) -> None:
    names = ("seq", "at", "event", "actor", "subject", "data", "previous")
    fields = {name: getattr(entry, name) for name in names}
    expected = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert canonical(entry) == expected
    assert canonical(entry, compact(entry.data)) == expected
