#!/bin/sh
# A program that takes the paths of its secrets from NAME_FILE, as many images do, and waits for its hour.
set -eu
for file in "$AWS_ACCESS_KEY_ID_FILE" "$AWS_SECRET_ACCESS_KEY_FILE"; do
  [ -s "$file" ] || { echo "report: no $file" >&2; exit 1; }
done
echo "report: credentials are in ${AWS_ACCESS_KEY_ID_FILE%/*}"

trap 'echo "report: stopped"; exit 0' TERM INT
while :; do
  sleep 1 &
  wait $! || true
done
