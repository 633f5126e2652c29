"""Bank: regulations with their editions, and the items that rest on them.

Authors submit items, reviewers answer them, see the key only then, and approve or reject; nobody reviews an item of
their own. An item has a stable code and versions; a change is a new version, and old ones stay readable for ever. The
moves between states are the table ``rules.items.MOVES``: submitted → approved or rejected, approved → suspended by one
person at once → retired or back in use by another. Before that it is a draft, which only its author sees, and becomes
one again when they take it back: submitted → withdrawn, while no reviewer has begun (``rules.drafting``). An item is
eligible for a paper while the newest version that ever was approved still is, and its edition is in force on the day of
the exam: when an edition is repealed its items stop by themselves, and ``rules.repeal`` proposes what to do with them.
``queries.searching`` finds items by what they say, ``rules.alike`` those that ask the same twice. Files come in by
``actions.importing`` and go out by ``actions.exporting``; ``rules.exchange`` knows their formats. Filing tags
(``actions.tagging``) are an item's and in no digest: for finding, never for assembly. Several items may ask about one
text, a case (``rules.cases``), which is a part of their versions. The bank knows nothing of classes, papers or
candidates.
"""
