"""Write, read, hash and find files; knows nothing of what is in them."""
