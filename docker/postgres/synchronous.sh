#!/bin/bash
# While this runs, a commit waits for any one of the replicas: the nodes check for this file every few
# seconds.
set -Eeuo pipefail
trap 'rm -f /cluster/synchronous; exit 0' INT TERM
touch /cluster/synchronous
while true; do sleep 3600 & wait $!; done
