"""What nothing in a workspace refers to any more."""
