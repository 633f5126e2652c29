"""The verbs of results: marking what is handed in, confirming, publishing."""
