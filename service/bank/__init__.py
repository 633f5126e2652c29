"""Bank: regulations with their editions, and the items that rest on them.

Authors submit items, reviewers approve or reject them; nobody reviews an item of their own. An item has a
stable code and versions; a change is a new version, and old ones stay readable for ever. The moves between
states are the table ``rules.items.MOVES``: submitted → approved or rejected, approved → retired. An item is
eligible for a paper while it is approved and its edition is in force on the day of the exam: when an edition is
repealed its items stop by themselves. Files come in by ``actions.importing`` and go out by ``actions.exporting``;
``rules.exchange`` knows their formats. The bank knows nothing of classes, papers or candidates.
"""
