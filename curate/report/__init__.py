"""One HTML file that shows a dataset, what was found in it, and how well methods do on it."""
