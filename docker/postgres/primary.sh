# Determines the primary from a record on a volume that all nodes share ("postgres-2 3": node and timeline),
# and from the nodes' answers. When no node answers, the record lets a completely stopped cluster start again
# with the primary it had.

readonly RECORD=/cluster/primary

recorded() { cat "$RECORD" 2>/dev/null || true; }

# TIMELINE: records that this node writes on it. Fails when the record names another node on the same timeline
# or a later one. Two promotions at the same time give two histories one number, and pg_rewind then finds
# nothing to do, so the data of the node that came second is marked.
claim() {
  local name timeline
  exec 8>/cluster/lock
  flock 8
  read -r name timeline <<<"$(recorded)" || true
  if [[ -z $name ]] || ((timeline < $1)); then
    printf '%s %s\n' "$NODE" "$1" >"$RECORD.$NODE"
    mv "$RECORD.$NODE" "$RECORD"
    name=$NODE timeline=$1
    say "recorded as the primary, timeline $1"
  fi
  exec 8>&-
  if [[ $name != "$NODE" && $timeline == "$1" ]]; then touch "$VOLUME/must-clone"; fi
  [[ $name == "$NODE" && $timeline == "$1" ]]
}

others() { tr ' ' '\n' <<<"$NODES" | grep --invert-match --line-regexp --fixed-strings "$NODE"; }

connection_to() { printf 'host=%s user=replicator dbname=postgres passfile=%s connect_timeout=2' "$1" "$PGPASSFILE"; }

ask() { psql --no-psqlrc --no-password --tuples-only --no-align --quiet "$(connection_to "$1")" -c "$2" 2>/dev/null; }

readonly TIMELINE_SQL="CASE WHEN NOT pg_is_in_recovery()
  THEN ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END"

any_node_answers() {
  local node
  for node in $(others); do
    if ask "$node" 'SELECT' >/dev/null; then return 0; fi
  done
  return 1
}

# Prints "TIMELINE NODE" of the other node that is the primary. A node on an earlier timeline than the
# recorded one does not count.
primary_and_timeline() {
  local node timeline best=0 found='' known
  known=$(recorded)
  for node in $(others); do
    timeline=$(ask "$node" "SELECT $TIMELINE_SQL") || continue
    if [[ -n $timeline ]] && ((timeline > best)); then best=$timeline found=$node; fi
  done
  [[ -n $found ]] && ((best >= ${known##* } + 0)) && printf '%s %s\n' "$best" "$found"
}

find_primary() {
  local found
  found=$(primary_and_timeline) && printf '%s\n' "${found#* }"
}

# Whether another node writes on a later timeline than this node's data.
newer_primary() {
  local found
  found=$(primary_and_timeline) && ((${found% *} > $(own_timeline)))
}

wait_for_primary() {
  local waited=0
  until find_primary; do
    if ((waited++ % 15 == 0)); then say 'waiting for a primary' >&2; fi
    pause 1
  done
}

# HOST: creates this node's slot there, and creates it again when it has lost its WAL.
ensure_slot() { ask "$1" "$(slot_sql "$SLOT")" >/dev/null || true; }

slot_sql() {
  cat <<SQL
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
 WHERE slot_name = '$1' AND NOT active AND wal_status = 'lost';
SELECT pg_create_physical_replication_slot('$1', true)
 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$1');
SQL
}
