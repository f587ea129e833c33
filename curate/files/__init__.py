"""The only room that opens files: records, images, masks, schemas, layouts on disk."""
