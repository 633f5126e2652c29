"""The verbs of the bank: reading its files, loading them, submitting and reviewing items."""
