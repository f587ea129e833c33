"""Screen frames: measure blur, noise, light, contrast, position, obstruction and repeats; set aside, never delete."""
