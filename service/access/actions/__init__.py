"""The verbs of access: signing in, administering accounts, and using a duty."""
