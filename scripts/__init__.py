"""Thin programs around the service."""
