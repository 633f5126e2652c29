"""Measures the exam day on this machine: ratios of rates within one round, never a verdict."""
