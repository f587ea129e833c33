"""The ``status`` stage."""
