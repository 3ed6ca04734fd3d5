#!/bin/sh
# Installs the Debian packages that the tests put lockstep beside: real Ansible, sshd, Docker, shells. As root with
# apt-get it installs what is missing; otherwise it says so, and the suites that need them say that they did not run.
set -eu

packages='age auditd ansible-core cron docker-compose docker.io fish git iproute2 mariadb-client mariadb-server nftables openssh-server podman postgresql python3-prometheus-client python3-venv redis-server runc strace sudo systemd zsh'

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "== this is not Debian: the tests use what is here of: $packages"
  exit 0
fi

missing=
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "== some suites need packages that are missing; install them with"
  echo "   sudo apt-get install --no-install-recommends$missing"
  exit 0
fi

echo "== installing Debian packages for the tests:$missing"
# Tests start their own daemons, in namespaces of their own: none shall start on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
  exit 0
fi
echo "== not all of them could be installed: the suites that need them will say that they did not run"
