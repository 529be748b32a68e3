#!/bin/bash
# Runs one node of the PostgreSQL cluster; all nodes run this script. At each start it chooses the node's role
# from its data, the record of the primary and the other nodes; while the server runs, it checks the choice
# every second.
#
#   NODE           this node                         NODES  all of them, separated by blanks
#   FIRST_PRIMARY  makes the database, once, when there is none
set -Eeuo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C PGPASSFILE=/run/cluster/pgpass
readonly VOLUME=/var/lib/postgresql SLOT=${NODE//-/_}

say() { printf '%s: %s\n' "$NODE" "$*"; }

if [[ $(id -u) == 0 ]]; then
  install -d -o postgres -g postgres -m 0700 /run/cluster /cluster "$(dirname "$PGDATA")"
  install -o postgres -g postgres -m 0400 /secrets/* /run/cluster
  printf '*:*:*:replicator:%s\n' "$(</secrets/replicator)" | install -o postgres -m 0600 /dev/stdin "$PGPASSFILE"
  install -o postgres -g postgres -m 0600 /dev/null "$VOLUME/lock"
  # The node exporter reads here as another user.
  install -d -o postgres -g postgres -m 0755 /usage
  exec gosu postgres bash "$here/node.sh"
fi

# shellcheck source=docker/postgres/primary.sh
source "$here/primary.sh"
# shellcheck source=docker/postgres/data.sh
source "$here/data.sh"
# shellcheck source=docker/postgres/watch.sh
source "$here/watch.sh"

exec 9>"$VOLUME/lock"
flock --nonblock 9 || { say 'another container runs on this volume'; exit 1; }

# Chooses the role and prepares the data for it; returns when the server may start.
take_role() {
  tidy_up
  if ! has_data; then
    if [[ $NODE == "$FIRST_PRIMARY" && -z $(recorded) ]] && ! any_node_answers; then
      initialise
      claim 1
      return
    fi
    if [[ $(recorded) == "$NODE "* ]]; then
      say 'this node was the primary, and its data is gone. Promote a replica; this node then becomes its replica.'
    fi
    clone_from "$(wait_for_primary)"
  elif is_standby; then
    # Without a primary, it serves what it has, and follows the next one.
    if primary=$(find_primary); then ensure_slot "$primary"; fi
  elif ! newer_primary && claim "$(own_timeline)"; then
    say "primary on timeline $(own_timeline)"
  else
    say "this node was a primary; now $(recorded) is: rejoining as its replica"
    rejoin "$(wait_for_primary)"
  fi
}

# Without the lock's descriptor, which belongs to this script alone.
bash "$here/usage.sh" 9>&- &

stop_requested=''
server=''
on_signal() {
  stop_requested=yes
  # Before the server runs, everything can safely be started over.
  if [[ -z $server ]]; then exit 0; fi
  kill -INT "$server" 2>/dev/null || true
}
trap on_signal INT TERM

while [[ -z $stop_requested ]]; do
  take_role
  start_server
  watch_server
  code=0
  wait_for_server || code=$?
  server=''
  # If the watch ended the server, the loop starts over with a new role; if the server ended by itself, the
  # restart policy applies.
  if [[ -z $must_rejoin ]]; then exit "$code"; fi
done
