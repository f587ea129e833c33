"""One small pure reader an annotation format: a document in, regions and findings out."""
