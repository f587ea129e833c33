"""The ``mask`` stage."""
