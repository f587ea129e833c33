"""The ``evaluate`` stage."""
