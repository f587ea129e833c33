"""Write a dataset in the layouts of others: what each image becomes (pure), and one driver that writes and checks."""
