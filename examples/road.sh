#!/bin/sh
# All stages, one command each, on two cameras' frames that curate draws.
#   sh examples/road.sh [FOLDER]        makes FOLDER (default: road); takes half a minute
set -eu
folder=${1:-road}
mkdir -p "$folder"
cd "$folder"

# Somewhere to take frames, templates, annotations and a detector's anomaly maps from. Yours come from your line.
curate demo drawn --frames 30 --quiet > drawn.txt

# A workspace. Its curate.toml says which windows, defects and saturation thresholds there are: yours is hand-edited.
curate init line -c bracket_clip -c cover_screw
cp drawn/curate.toml line/curate.toml
cp drawn/templates/*.png line/templates/

# From frames to a dataset.
for category in bracket_clip cover_screw; do
    curate import "drawn/incoming/$category" -c "$category" -C line
done
curate crop -C line
for category in bracket_clip cover_screw; do
    curate label import "drawn/annotations/$category.json" -c "$category" -C line
done
curate screen -C line
curate mask -C line
curate split -C line
curate export -C line

# Is anything wrong with it? What is done, what is stale?
curate validate line/build/autovi
curate status -C line

# How good is a detector?
curate evaluate drawn/submission --dataset line/build/autovi --output result.json

# Everything to look at, in a browser: report.html.
curate report -C line --submission drawn/submission --result result.json
