"""The ``demo`` stage."""
