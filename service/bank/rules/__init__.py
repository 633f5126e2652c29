"""What an item is, the states it passes, and the faults a bank file can have."""
