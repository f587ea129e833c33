"""A local page to walk through what the stages set aside: decide with one key, adjust a window, undo."""
