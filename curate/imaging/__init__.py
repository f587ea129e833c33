"""Decode images, maps and masks, and read what their containers say."""
