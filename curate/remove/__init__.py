"""What is taken out of a workspace, and put back."""
