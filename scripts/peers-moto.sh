#!/bin/sh
# Makes (or finds again) a Python environment with moto, a server that answers as AWS does, and with it boto3, the official
# client. Prints where it is. LOCKSTEP_TEST_MOTO chooses another place than build/peers/moto.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=${LOCKSTEP_TEST_MOTO:-$here/build/peers/moto}
# Of moto[server] what IAM and STS need: a third of it.
packages='moto==5.2.5 flask==3.1.3 flask-cors==6.0.5'

ready() { [ "$(cat "$venv/lockstep-packages" 2>/dev/null)" = "$packages" ]; }

if ! ready; then
  echo "installing $packages into $venv" >&2
  mkdir -p "$(dirname -- "$venv")"
  # One at a time: two test files may ask at once.
  until mkdir "$venv.making" 2>/dev/null; do
    sleep 1
    if ready; then break; fi
  done
  trap 'rmdir "$venv.making" 2>/dev/null || true' EXIT INT TERM
  if ! ready; then
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv" >&2
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $packages >&2
    echo "$packages" > "$venv/lockstep-packages"
  fi
fi
echo "$venv"
