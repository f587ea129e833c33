"""Divide a dataset into a public half, in which nothing tells a label, and a key that scores submissions to it."""
