"""The ``importing`` stage."""
