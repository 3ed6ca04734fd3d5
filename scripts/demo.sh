#!/bin/sh
# make demo: the main job on this machine, step by step, each as you would type it, with its real output. This machine is
# the whole fleet, under a temporary directory; the API of examples/callableapis uses the secrets, in a container where
# a Docker engine answers, else as a process. Nothing is left behind; what Ansible needs is kept in build/ for next time.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# Settings of the caller's own fleet are not for this one.
for name in $(env | sed -n 's/^\(LOCKSTEP_[A-Z_]*\|ANSIBLE_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export PATH="$root/bin:$root/node_modules/.bin:$PATH" NO_COLOR=1
export DOCKER_CONFIG="${DOCKER_CONFIG:-$HOME/.docker}"
export XDG_DATA_HOME="$root/build/data"

place=$(mktemp -d "${TMPDIR:-/tmp}/lockstep-demo.XXXXXX")
project=$place/demo-shop
host=$place/opt/demo-shop
api=
image=
started=$(date +%s)

clean_up() {
  [ -z "$api" ] || kill "$api" 2>/dev/null || true
  if [ -n "$image" ]; then
    docker ps -aq --filter "ancestor=$image" | xargs -r docker rm --force >/dev/null 2>&1 || true
    docker image rm "$image" "$image-base" >/dev/null 2>&1 || true
  fi
  rm -rf "$place"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n# %s\n' "$*"; }

fail() {
  printf '\nthe demo failed: %s\n' "$*" >&2
  exit 1
}

# show STATUS COMMAND: prints the command, runs it in the project, and insists on how it ends
show() {
  printf '\n$ %s\n' "$2"
  ended=0
  (cd "$project" && sh -c "$2") </dev/null 2>&1 || ended=$?
  [ "$ended" = "$1" ] || fail "this should have ended with $1 and ended with $ended: $2"
}

# made_up CHARACTERS COUNT: not the values of a manual, which lie about on many machines, and the audit would find them
made_up() { head -c 4096 /dev/urandom | LC_ALL=C tr -dc "$1" | head -c "$2"; }

# expect WHAT CONDITION…: what the reader is told is true
expect() {
  what=$1
  shift
  "$@" || fail "$what"
}

# -- what is needed ----------------------------------------------------------------------------------------------------

if [ ! -f "$root/dist/index.js" ] || [ -n "$(find "$root/src" "$root/package.json" -type f -newer "$root/dist/index.js")" ]; then
  echo "== building dist/ (npm run build)"
  (cd "$root" && node scripts/build.ts)
fi
if ! command -v ansible-playbook >/dev/null 2>&1 && [ ! -x "$XDG_DATA_HOME/lockstep/ansible/bin/ansible-playbook" ]; then
  if ! python3 -c 'import ensurepip' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "== installing the Debian package python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  fi
  echo "== this machine has no Ansible: one is put into build/"
fi
(cd / && HOME="$place" lockstep --quiet doctor --install-ansible >/dev/null) || true
export PATH="$PATH:$XDG_DATA_HOME/lockstep/ansible/bin"
export HOME="$place/home"
started=$(date +%s)

# -- a fleet, an API, and plain .env files -----------------------------------------------------------------------------

port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })")
page=http://127.0.0.1:$port
mkdir -p "$HOME" "$project/inventory" "$place/opt" "$place/old-server"
cat >"$project/inventory/production" <<END
[api_servers]
thishost ansible_connection=local lockstep_directory=$host
END
cat >"$project/.env" <<END
AWS_ACCESS_KEY_ID=AKIA$(made_up A-Z2-7 16)
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI$(made_up A-Za-z0-9 27)
END
echo 'CLOUDFLARE_API_TOKEN=only-an-example' >"$place/old-server/cloudflare.env"
cp -R "$root/examples/callableapis/api" "$project/api"
mkdir -p "$project/api/node_modules/lockstep"
cp -R "$root/package.json" "$root/dist" "$project/api/node_modules/lockstep/"

if why=$("$root/scripts/demo-image.sh" can 2>&1); then
  image=lockstep-demo-$$
  say "a Docker engine answers: the API runs in a container"
  "$root/scripts/demo-image.sh" build "$image" "$project/api" || fail 'its image could not be built'
else
  say "the API runs as a process: $why"
fi

# Node's own way to ask the API: path, and what to send
fetch() {
  if [ $# = 1 ]; then
    echo "fetch('$page$1').then(async (r) => process.stdout.write(await r.text()))"
  else
    echo "fetch('$page$1', { method: 'POST', body: '$2' }).then(async (r) => process.stdout.write(await r.text()))"
  fi
}

answer() { node -e "$(fetch "$@")"; }

# the command for it: curl where there is one
ask() {
  if ! command -v curl >/dev/null 2>&1; then
    echo "node -e \"$(fetch "$@")\""
  elif [ $# = 1 ]; then
    echo "curl -s $page$1"
  else
    echo "curl -s -d '$2' $page$1"
  fi
}

start_api() {
  if [ -n "$image" ]; then return; fi
  if [ -n "$api" ]; then
    say 'the process takes the new generation when it starts again (a container is re-created by deploy itself)'
    kill "$api"
    wait "$api" || true
  fi
  line="HOST=127.0.0.1 PORT=$port VAULT_PASSWORD_FILE=$host/current/vault-password SECRETS_DIRECTORY=$host/current/secrets node api/src/server.ts &"
  printf '\n$ %s\n' "$line"
  (
    cd "$project"
    export HOST=127.0.0.1 PORT="$port" VAULT_PASSWORD_FILE="$host/current/vault-password" SECRETS_DIRECTORY="$host/current/secrets"
    exec node api/src/server.ts
  ) &
  api=$!
  await_api || fail 'the API did not start'
}

await_api() {
  node -e "(async () => {
    for (let i = 0; i < 100; i++) {
      if (await fetch('$page/health').then(async (r) => (await r.json()).ready, () => false)) process.exit(0)
      await new Promise((done) => setTimeout(done, 100))
    }
    process.exit(1)
  })()"
}

everything() { find "$host" -exec ls -lidn {} + | sort; }

# -- the job -----------------------------------------------------------------------------------------------------------

say 'what there is: an inventory, and secrets in plain text'
show 0 'cat inventory/production .env ../old-server/cloudflare.env'

say 'a project from it: everything is encrypted, nothing is overwritten'
show 0 'lockstep init'
show 0 'rm .env'
show 0 'lockstep import ../old-server/cloudflare.env --remove-source'

say 'one more group, whose value is made up, not typed'
show 0 "cat >> lockstep.yaml <<END
  session: { keys: [SESSION_KEY], rotate: { with: random, bytes: 32, every: 7d, breaks: signatures } }
END"
if [ -n "$image" ]; then
  uid=$(id -u)
  [ "$uid" != 0 ] || uid=1000
  show 0 "cat >> lockstep.yaml <<END

containers:
  api:
    hosts: api_servers
    groups: [app, cloudflare, session]
    image: $image
    uid: $uid
    publish: ['127.0.0.1:$port:8080']
    health: /health
    status: /api/secrets/status
    options: [--read-only, --cap-drop=ALL, --security-opt=no-new-privileges]
rollout: { proof: reported }
END"
fi
show 0 'lockstep create'
show 0 'lockstep list'

say 'to the host: its id, its directory, its first generation; nothing is started'
show 0 'lockstep setup'
show 0 'lockstep deploy'
start_api

say 'the API says what it has loaded, and never a value'
show 0 "$(ask /api/secrets/status)"
show 0 "$(ask /api/sign 'a body')"
before=$(answer /api/sign 'a body')
show 0 'lockstep status'

say 'a second deploy changes nothing'
everything >"$place/before"
show 0 'lockstep deploy'
everything >"$place/after"
expect 'the second deploy changed something on the host' cmp -s "$place/before" "$place/after"

say 'a new value: planned, delivered, in use'
show 0 'head -c 32 /dev/urandom | base64 | lockstep set SESSION_KEY'
show 0 'lockstep deploy --check'
show 0 'lockstep deploy'
start_api
show 0 "$(ask /api/sign 'a body')"
expect 'the API still signs with the old key' test "$(answer /api/sign 'a body')" != "$before"
answer /api/secrets/status | grep -q '"number":2' || fail 'the API is not on generation 2'

say 'somebody opens a file to everybody; the audit ends with UNSAFE (9), says what to type, and mends it where it may'
show 0 "chmod 644 $host/secrets/app.env"
show 9 'lockstep audit'
# whatever else there is to say of this machine
show 0 'lockstep audit --fix --fail-on never'
expect 'the file is still open' test "$(stat -Lc %a "$host/secrets/app.env")" = 600

say 'on the host: ordinary files of ansible-vault, under a password of this host alone'
show 0 "ls -lL $host $host/secrets"
show 0 "ansible-vault view --vault-password-file $host/vault-password $host/secrets/cloudflare.env"

say "done in $(($(date +%s) - started)) s; everything under $place is removed"
cat <<END

next: lockstep init --template callableapis, in an empty directory, writes a complete example; docs/guide.md goes on from
      there ($root/bin/lockstep is the program)
END
