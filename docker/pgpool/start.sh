#!/bin/bash
# Writes files with passwords to /run/pgpool, which is in memory, and runs Pgpool-II.
set -Eeuo pipefail
umask 077
cd /run/pgpool

cp /usr/local/share/pgpool/pgpool.conf .
index=0
for node in $NODES; do
  cat >>pgpool.conf <<CONF
backend_hostname$index = '$node'
backend_port$index = 5432
backend_weight$index = 1
backend_flag$index = 'ALLOW_TO_FAILOVER'
CONF
  index=$((index + 1))
done

: >pool_passwd
for secret in /run/secrets/*; do
  # The groups of this container say whose passwords those are: the services' and the monitor's.
  if [[ -r $secret ]]; then printf '%s:TEXT%s\n' "${secret##*/}" "$(<"$secret")" >>pool_passwd; fi
done
monitor=$(</run/secrets/monitor) # Stops here if it cannot be read, as an argument of printf would not.
printf '*:*:*:monitor:%s\n' "$monitor" >pgpass
if [[ ! -s pool_passwd ]]; then echo "no password in /run/secrets can be listed and read" >&2; exit 1; fi
printf 'host all all all scram-sha-256\n' >pool_hba.conf
: >pcp.conf

# -D: what it knew about the nodes may be outdated.
exec pgpool -n -D -f pgpool.conf -a pool_hba.conf -F pcp.conf
