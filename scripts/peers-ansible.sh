#!/bin/sh
# Makes (or finds again) a Python environment with the newest ansible-core that this machine's Python takes, and the
# judges that test/peers asks: python-dotenv, ansible-lint, pyflakes, vermin. Prints where it is. LOCKSTEP_TEST_VENV
# chooses another place than build/peers/venv.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=${LOCKSTEP_TEST_VENV:-$here/build/peers/venv}
packages='ansible-core python-dotenv ansible-lint pyflakes vermin'

# A list of its own: what an older version of this file installed is completed.
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
