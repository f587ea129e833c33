"""Frozen dataclasses that the rooms hand to each other. No I/O, no arrays, no third-party imports."""
