"""What crosses HTTP for results: never a key, and a choice only where a late answer must be decided."""
