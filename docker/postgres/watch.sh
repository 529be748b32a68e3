# Runs the server and watches it. A primary records itself, creates slots for the others, and steps down for a
# later primary. A replica that cannot follow the primary is rewound, and cloned if that does not help.

readonly STUCK_AFTER_SECONDS=15

must_rejoin=''
rejoined=0

start_server() {
  local hosts
  hosts=$(others | paste --serial --delimiters=,)
  # libpq finds the primary among the others, so a replica follows a promotion by itself.
  postgres -D "$PGDATA" -c config_file=/etc/cluster/postgresql.conf -c cluster_name="$NODE" \
    -c primary_slot_name="$SLOT" -c primary_conninfo="host=$hosts user=replicator passfile=$PGPASSFILE \
application_name=$SLOT target_session_attrs=read-write connect_timeout=3" &
  server=$!
}

is_running() { [[ -n $server ]] && kill -0 "$server" 2>/dev/null; }

sql() { psql --no-psqlrc --tuples-only --no-align --quiet --username=postgres --field-separator=' ' -c "$1" 2>/dev/null; }

# A signal interrupts `wait`; the loop ends only when the server ends.
wait_for_server() {
  local code=0
  while is_running; do
    code=0
    wait "$server" || code=$?
  done
  return "$code"
}

watch_server() {
  local timeline receiver replayed ticks=0
  must_rejoin='' stuck_at='' stuck_since=$SECONDS streamed=0
  while is_running && [[ -z $stop_requested && -z $must_rejoin ]]; do
    pause 1 || true
    read -r timeline receiver replayed < <(
      sql "SELECT coalesce($TIMELINE_SQL, 0), coalesce((SELECT status FROM pg_stat_wal_receiver), 'none'),
                  coalesce(pg_last_wal_replay_lsn()::text, '-')"
    ) || continue
    if ((ticks++ % 5 == 0)); then apply_synchronous; fi
    if ((timeline > 0)); then watch_primary "$timeline" "$ticks"; else watch_replica "$receiver" "$replayed"; fi
  done
}

# TIMELINE TICKS
watch_primary() {
  local node before
  before=$(recorded)
  if ! claim "$1"; then
    say "$(recorded) is the primary: stepping down"
    end_server
    return
  fi
  if [[ $(recorded) != "$before" ]] || (($2 % 5 == 1)); then
    for node in $(others); do sql "$(slot_sql "${node//-/_}")" >/dev/null || true; done
  fi
  # pg_rewind reads the timeline from the control file, which a promotion does not update until the next
  # checkpoint.
  if [[ $(recorded) != "$before" ]]; then sql 'CHECKPOINT' || true; fi
}

# RECEIVER REPLAYED: a replica that still replays WAL, or that has no primary to follow, is not stuck. A
# receiver whose WAL is gone also shows as streaming for a moment, each time before the primary tells it.
watch_replica() {
  if [[ $1 == streaming ]]; then streamed=$((streamed + 1)); else streamed=0; fi
  if ((streamed > 1)); then rejoined=0; fi
  if ((streamed > 1)) || [[ $2 != "$stuck_at" ]]; then
    stuck_at=$2 stuck_since=$SECONDS
    return
  fi
  if ((SECONDS - stuck_since < STUCK_AFTER_SECONDS)); then return; fi
  local primary
  if ! primary=$(find_primary); then
    stuck_since=$SECONDS
    return
  fi
  say "cannot stream from $primary"
  end_server
  wait_for_server || true
  server=''
  if ((rejoined++ == 0)); then rejoin "$primary"; else clone_from "$primary"; fi
}

end_server() {
  must_rejoin=yes
  kill -INT "$server" 2>/dev/null || true
}

# On every node, so that the next primary has it as well.
apply_synchronous() {
  local wanted=''
  if [[ -e /cluster/synchronous ]]; then wanted="ANY 1 ($(tr ' -' ',_' <<<"$NODES"))"; fi
  if [[ $(sql 'SHOW synchronous_standby_names') == "$wanted" ]]; then return; fi
  sql "ALTER SYSTEM SET synchronous_standby_names = '$wanted'" && sql 'SELECT pg_reload_conf()' >/dev/null &&
    say "synchronous_standby_names is '$wanted' now"
}
