#!/bin/bash
# Creates every password once, in a separate file that only the group of its user can read. An existing file
# is not changed, because the database was created with it.
set -Eeuo pipefail
umask 077
cd /secrets

make() { # NAME GROUP: a database role, and the numeric group that docker-compose.yml gives its user
  if [[ ! -s $1 ]]; then
    head -c 24 /dev/urandom | base64 --wrap=0 | tr '+/' '-_' >".$1"
    mv ".$1" "$1"
    echo "made the password of $1"
  fi
  chown "0:$2" "$1"
  chmod 0440 "$1"
}

make postgres 0
make replicator 0
make migrator 5101
make order_service 5102
make history_service 5103
make monitor 5104
# Pgpool-II lists the names, and reads those that its groups may.
chmod 0755 .
