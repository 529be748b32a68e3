#!/bin/sh
# Runs before a replica starts: ensures that its volume has a copy of the primary, and that the primary keeps
# its WAL. If a step is not possible yet, it fails and Kubernetes retries.
set -eu
umask 077

# In memory, because a password in the connection string would be written to postgresql.auto.conf.
passfile=/run/replication/passfile
printf '*:*:*:replicator:%s\n' "$(cat /run/passwords/replicator)" > "$passfile"

slot=$(printf %s "$HOSTNAME" | tr - _)
upstream="host=postgres-rw port=5432 user=replicator passfile=$passfile application_name=$slot connect_timeout=5"

ask() {
  psql --no-psqlrc -qtAX -v ON_ERROR_STOP=1 "$upstream dbname=postgres" -c "$1"
}

ensure_slot() {
  ask "SELECT FROM pg_create_physical_replication_slot('$slot', true)
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')"
}

if [ -s "$PGDATA/PG_VERSION" ]; then
  if [ ! -e "$PGDATA/standby.signal" ]; then
    echo 'promoted: left as it is'
    exit 0
  fi
  if ! upstream_id=$(psql --no-psqlrc -qtAX -F ' ' "$upstream replication=true" -c IDENTIFY_SYSTEM | cut -d' ' -f1) ||
    [ -z "$upstream_id" ]; then
    echo 'the primary cannot be asked: starting with the data that is here'
    exit 0
  fi
  own_id=$(pg_controldata "$PGDATA" | sed -n 's/^Database system identifier: *//p')
  lost=$(ask "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot' AND wal_status = 'lost'")
  if [ "$own_id" = "$upstream_id" ] && [ "$lost" = 0 ]; then
    ensure_slot
    echo 'a copy of this primary: kept'
    exit 0
  fi
  echo "cloning again: system $own_id here, $upstream_id there; slots whose WAL is gone: $lost"
  ask "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
        WHERE slot_name = '$slot' AND wal_status = 'lost'"
fi

ensure_slot
# Into another directory first: an incomplete clone must not look like a copy.
rm -rf "$PGDATA.clone"
pg_basebackup --pgdata "$PGDATA.clone" --dbname "$upstream" --slot "$slot" \
  --wal-method stream --checkpoint fast --write-recovery-conf
rm -rf "$PGDATA"
mkdir -p "$(dirname "$PGDATA")"
mv "$PGDATA.clone" "$PGDATA"
echo 'cloned'
