set -e
album=$(sed -n 's/.*"album": *"\([^"]*\)".*/\1/p' "$FLOW_ARGS")
width=$(sed -n 's/.*"width": *\([0-9]*\).*/\1/p' "$FLOW_ARGS")
photo=$(sed -n 's/.*"photo": *"\([^"]*\)".*/\1/p' "$FLOW_ARGS")
mkdir -p "$FLOW_PACKAGE_web/$album/$width"
convert "$photo" -resize "$width" "$FLOW_PACKAGE_web/$album/$width/$(basename "$photo").jpg"
