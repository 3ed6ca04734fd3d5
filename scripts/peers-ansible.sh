#!/bin/sh
# Makes (or finds again) a Python environment with the newest ansible-core and python-dotenv that this machine's Python
# takes, for test/peers. Prints where it is. LOCKSTEP_TEST_VENV chooses another place than build/peers/venv.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=${LOCKSTEP_TEST_VENV:-$here/build/peers/venv}

ready() { [ -x "$venv/bin/ansible-vault" ] && "$venv/bin/python" -c 'import dotenv' 2>/dev/null; }

if ! ready; then
  echo "installing ansible-core and python-dotenv into $venv" >&2
  mkdir -p "$(dirname -- "$venv")"
  # One at a time: two test files may ask at once.
  until mkdir "$venv.making" 2>/dev/null; do
    sleep 1
    if ready; then break; fi
  done
  trap 'rmdir "$venv.making" 2>/dev/null || true' EXIT INT TERM
  if ! ready; then
    python3 -m venv "$venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check ansible-core python-dotenv >&2
  fi
fi
echo "$venv"
