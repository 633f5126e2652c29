"""The demonstration: real accounts play the 2024 plan's exam day against a running service, step by step."""
