#!/bin/bash
# Writes, every few seconds, the processor time and the memory of this container to a file that the node exporter
# publishes (its textfile collector). They come from the container's own control group, which needs no privilege.
#
#   NODE    this node
#   CGROUP  where the control group is mounted (default /sys/fs/cgroup)
#   USAGE   the folder of the file (default /usage)
set -Eeuo pipefail
shopt -s inherit_errexit
readonly CGROUP=${CGROUP:-/sys/fs/cgroup} USAGE=${USAGE:-/usage} PORT=5432 INTERVAL_SECONDS=5

# FILE NAME...: the sum of the named lines of a file of "name value" lines.
sum_of() {
  local file=$1 name value sum=0
  shift
  while read -r name value; do
    if [[ " $* " == *" $name "* ]]; then sum=$((sum + value)); fi
  done <"$file"
  echo "$sum"
}

# Prints "MICROSECONDS BYTES": processor time, and memory without the cache of files.
usage() {
  local microseconds bytes
  if [[ -e $CGROUP/cgroup.controllers ]]; then
    microseconds=$(sum_of "$CGROUP/cpu.stat" usage_usec)
    bytes=$(sum_of "$CGROUP/memory.stat" anon shmem)
  else
    # Version 1 of control groups.
    microseconds=$(($(<"$CGROUP/cpuacct/cpuacct.usage") / 1000))
    bytes=$(sum_of "$CGROUP/memory/memory.stat" total_rss total_shmem)
  fi
  echo "$microseconds $bytes"
}

metrics() {
  local usage microseconds bytes
  usage=$(usage)
  read -r microseconds bytes <<<"$usage"
  cat <<EOT
# HELP postgres_node_cpu_seconds_total Processor time that the node has used since it started.
# TYPE postgres_node_cpu_seconds_total counter
postgres_node_cpu_seconds_total{node="$NODE:$PORT"} $((microseconds / 1000000)).$(printf %06d $((microseconds % 1000000)))
# HELP postgres_node_memory_bytes Memory of all processes of the node; what they share, such as shared buffers, counts once.
# TYPE postgres_node_memory_bytes gauge
postgres_node_memory_bytes{node="$NODE:$PORT"} $bytes
EOT
}

while true; do
  # Moved into place, so that the exporter never reads half a file.
  metrics >"$USAGE/.$NODE"
  mv "$USAGE/.$NODE" "$USAGE/$NODE.prom"
  sleep "$INTERVAL_SECONDS"
done
