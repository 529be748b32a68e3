# Creates, clones or rewinds the data directory. Slow steps work on a separate directory, which is moved into
# place at the end.

has_data() { [[ -s $PGDATA/global/pg_control ]]; }
is_standby() { [[ -e $PGDATA/standby.signal ]]; }

# Sleeps, or runs a program, so that a signal can interrupt it.
pause() { sleep "$1" & wait $!; }
run() { "$@" & wait $!; }

# Removes what an interrupted start left behind.
tidy_up() {
  rm -rf "$PGDATA.new" "$PGDATA.old"
  # This node holds the volume's lock, so the server that wrote this file is gone, even if its process number
  # is in use again.
  rm -f "$PGDATA/postmaster.pid"
  if [[ -e $VOLUME/rewinding ]]; then
    say 'a rewind was interrupted: the data is unusable'
    rm -rf "$PGDATA" "$VOLUME/rewinding"
  fi
}

# The timeline of the data, without a server. Right after a promotion, the control file still contains the
# previous timeline.
own_timeline() {
  local control history
  control=$(pg_controldata -D "$PGDATA" | sed -n "s/^Latest checkpoint's TimeLineID: *//p")
  history=$(find "$PGDATA/pg_wal" -name '*.history' -printf '%f\n' | sort | tail -n 1)
  history=$((16#0${history%.history}))
  echo "$((control > history ? control : history))"
}

initialise() {
  say 'making the database'
  local locale=(--locale=C)
  # The same ordering and case rules on every machine, whichever locales are installed.
  if (($(major_version) >= 17)); then locale+=(--locale-provider=builtin --builtin-locale=C.UTF-8); fi
  run initdb --pgdata="$PGDATA.new" --username=postgres --pwfile=/run/cluster/postgres --auth=scram-sha-256 \
    --encoding=UTF8 "${locale[@]}" --no-instructions
  # Listens on its socket only, so that no one mistakes the node for ready.
  pg_ctl start --pgdata="$PGDATA.new" --wait --silent \
    --options="-c config_file=/etc/cluster/postgresql.conf -c listen_addresses=''"
  psql --no-psqlrc --quiet --username=postgres --set=ON_ERROR_STOP=1 --file="$here/roles.sql"
  pg_ctl stop --pgdata="$PGDATA.new" --mode=fast --wait --silent
  mv "$PGDATA.new" "$PGDATA"
}

major_version() { postgres --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'; }

# HOST
clone_from() {
  say "cloning $1"
  ensure_slot "$1"
  rm -rf "$PGDATA.new"
  run pg_basebackup --dbname="$(connection_to "$1")" --no-password --pgdata="$PGDATA.new" --wal-method=stream \
    --slot="$SLOT" --checkpoint=fast
  become_standby "$PGDATA.new"
  if [[ -e $PGDATA ]]; then mv "$PGDATA" "$PGDATA.old"; fi
  mv "$PGDATA.new" "$PGDATA"
  rm -rf "$PGDATA.old"
  say "cloned $1"
}

# HOST: loses commits that never reached the new primary.
rewind_to() {
  say "rewinding to $1"
  touch "$VOLUME/rewinding"
  run pg_rewind --target-pgdata="$PGDATA" --config-file=/etc/cluster/postgresql.conf \
    --source-server="$(connection_to "$1")" || return
  become_standby "$PGDATA"
  rm "$VOLUME/rewinding"
}

# HOST: turns data that may have another history into a replica's.
rejoin() {
  ensure_slot "$1"
  if [[ ! -e $VOLUME/must-clone ]]; then
    if rewind_to "$1"; then return; fi
    say 'it cannot be rewound'
  fi
  clone_from "$1"
  rm -f "$VOLUME/rewinding" "$VOLUME/must-clone"
}

# A primary's slots would keep WAL that no one consumes.
become_standby() {
  touch "$1/standby.signal"
  find "$1/pg_replslot" -mindepth 1 -delete
}
