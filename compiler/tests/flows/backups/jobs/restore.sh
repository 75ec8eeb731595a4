set -e
dump=$(sed -n 's/.*"dump": *"\([^"]*\)".*/\1/p' "$FLOW_ARGS")
gunzip -c "$dump" | psql scratch
echo "{\"rows\": $(psql -At scratch -c 'select count(*) from rows')}" > "$FLOW_REPORT"
