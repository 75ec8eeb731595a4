set -e
database=$(sed -n 's/.*"database": *"\([^"]*\)".*/\1/p' "$FLOW_ARGS")
mkdir -p "$FLOW_PACKAGE_dumps/$database"
pg_dump "$database" | gzip > "$FLOW_PACKAGE_dumps/$database/$(date +%F).part"
mv "$FLOW_PACKAGE_dumps/$database/$(date +%F).part" "$FLOW_PACKAGE_dumps/$database/$(date +%F).gz"
