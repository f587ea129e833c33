"""Static pictures for papers and talks: curves, timelines, contact sheets, overlays; PNG, SVG or PDF."""
