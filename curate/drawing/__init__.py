"""Pictures for people, drawn with OpenCV and Pillow: sheets, overlays, heat maps, letters. Arrays in, arrays out."""
