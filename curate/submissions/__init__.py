"""What a detector hands in and what scoring it gives: submissions, predictions, results."""
