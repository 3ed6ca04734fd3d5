#!/usr/bin/env bash
# Hosts on one machine, each its own network, mount, UTS, PID and IPC namespace with its own sshd, /opt, /root, /home,
# /srv, /tmp and a copy-on-write /etc, /var and /usr. This clone, wherever it lies, is in /run/clone of each.
#   hosts.sh up N | down | at I CMD... | entry I|ctl | ctl CMD... | stop I | start I
# FLEET_DIR: state (default /tmp/lockstep-fleet). FLEET_NET: first three octets (default 10.77.0). FLEET_DOCKER=1: a
# Docker engine per host. FLEET_IMAGES: tar files to load on each. Clients run in the controller's namespace (`ctl`).
set -u
dir=${FLEET_DIR:-/tmp/lockstep-fleet}; net=${FLEET_NET:-10.77.0}
tag=$(printf %s "$dir" | cksum | cut -d' ' -f1 | tail -c 6); ctl=lc$tag; bridge=lb$tag
address() { echo "$net.$((10 + $1))"; }
in_ctl() { nsenter --net="/run/netns/$ctl" "$@"; }

host_main() { # runs as PID 1 of host $1, inside its namespaces
  local home="$dir/h$1" name
  hostname "host$1"
  mount --make-rprivate /
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755,nosuid tmpfs /run
  mkdir -p /run/sshd /run/lock /run/seed /run/images /run/clone
  mount --bind "$(dirname "$0")/../.." /run/clone # before what it may lie below is hidden
  cp "$home/authorized_keys" "$home/hostkey" "$home/hostkey.pub" /run/seed/
  local image; for image in ${FLEET_IMAGES:-}; do ln "$image" "/run/images/" 2>/dev/null || cp "$image" /run/images/; done
  for name in etc var usr; do
    mkdir -p "$home/up/$name" "$home/wk/$name"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$home/up/$name,workdir=$home/wk/$name" "/$name"
  done
  for name in opt root home var/lib/docker srv tmp; do # /tmp last: the state may lie below it
    mkdir -p "$home/priv/$name" "/$name"; mount --bind "$home/priv/$name" "/$name"
  done
  chmod 700 /root; chmod 1777 /tmp; rm -f /etc/cron.d/*
  # what the machine has of its own is no finding on these hosts
  find /var/log /var/backups /var/crash /var/lib/systemd/coredump /var/spool/cron /etc/sudoers.d -type f -delete 2>/dev/null
  rm -f /etc/ssh/ssh_host_* /etc/docker/daemon.json; sed -i '/^docker:/d' /etc/group
  printf '127.0.0.1 localhost\n%s host%s\n' "$(address "$1")" "$1" > /etc/hosts
  mkdir -p /root/.ssh; cp /run/seed/authorized_keys /root/.ssh/; chmod 700 /root/.ssh; chmod 600 /root/.ssh/authorized_keys
  id deploy >/dev/null 2>&1 || useradd -m -s /bin/bash -p "*" deploy # a locked account could not log in by key either
  mkdir -p /home/deploy/.ssh; cp /run/seed/authorized_keys /home/deploy/.ssh/; chown -R deploy: /home/deploy; chmod 700 /home/deploy /home/deploy/.ssh
  cp /run/seed/hostkey /etc/ssh/ssh_host_ed25519_key; chmod 600 /etc/ssh/ssh_host_ed25519_key
  cp /run/seed/hostkey.pub /etc/ssh/ssh_host_ed25519_key.pub
  printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' \
    'UsePAM no' 'UseDNS no' 'PidFile /run/sshd.pid' 'MaxStartups 100' 'Subsystem sftp internal-sftp' > /etc/ssh/sshd_config
  if [ "${FLEET_DOCKER:-0}" = 1 ]; then
    dockerd --storage-driver overlay2 --data-root /var/lib/docker --exec-root /run/docker -H unix:///run/docker.sock \
      --cgroup-parent "/lf$tag-$1" >/var/log/dockerd.log 2>&1 &
  fi
  /usr/sbin/sshd -D -E /var/log/sshd.log &
  trap 'kill $(jobs -p) 2>/dev/null; wait; exit 0' TERM INT
  while :; do sleep 3600 & wait $!; done
}

boot() { # I
  FLEET_DIR=$dir FLEET_NET=$net setsid nsenter --net="/run/netns/lf$tag-$1" \
    unshare --mount --uts --ipc --pid --fork --kill-child bash "$0" _host "$1" </dev/null >"$dir/h$1/boot.log" 2>&1 &
  echo $! > "$dir/h$1/pid"
}

await_ssh() { local p; for p in $(seq 300); do in_ctl bash -c "exec 3<>/dev/tcp/$(address "$1")/22" 2>/dev/null && return; sleep 0.05; done
  echo "host$1: no sshd" >&2; cat "$dir/h$1/boot.log" >&2; exit 1; }

up() { # N
  [ -e "$dir/n" ] && { echo "hosts are up in $dir: run down first" >&2; exit 1; }
  mkdir -p "$dir"; chmod 700 "$dir"
  [ -f "$dir/id" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/id"
  # nothing for these hosts may ever leave the machine: outside the namespaces their range is unreachable
  ip route add unreachable "$net.0/24" 2>/dev/null
  ip route get "$(address 1)" >/dev/null 2>&1 && { echo "no guard route for $net.0/24: stop" >&2; exit 1; }
  ip netns add "$ctl" || exit 1; ip -n "$ctl" link set lo up
  ip -n "$ctl" link add "$bridge" type bridge; ip -n "$ctl" addr add "$net.1/24" dev "$bridge"; ip -n "$ctl" link set "$bridge" up
  echo "$1" > "$dir/n"; : > "$dir/known_hosts"
  local i p
  for i in $(seq "$1"); do (
    mkdir -p "$dir/h$i"; cp "$dir/id.pub" "$dir/h$i/authorized_keys"
    [ -f "$dir/h$i/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/h$i/hostkey"
    ip netns add "lf$tag-$i"; ip -n "lf$tag-$i" link set lo up
    ip link add "lv$tag-$i" netns "$ctl" type veth peer name eth0 netns "lf$tag-$i"
    ip -n "$ctl" link set "lv$tag-$i" master "$bridge" up
    ip -n "lf$tag-$i" addr add "$(address "$i")/24" dev eth0; ip -n "lf$tag-$i" link set eth0 up
    ip -n "lf$tag-$i" route add default via "$net.1"
    boot "$i" ) & done; wait
  for i in $(seq "$1"); do printf '%s %s\n' "$(address "$i")" "$(cut -d' ' -f1,2 "$dir/h$i/hostkey.pub")"; done > "$dir/known_hosts"
  for i in $(seq "$1"); do await_ssh "$i"; done
  if [ "${FLEET_DOCKER:-0}" = 1 ]; then for i in $(seq "$1"); do (
    for p in $(seq 300); do at "$i" docker version >/dev/null 2>&1 && break; sleep 0.1; done
    at "$i" sh -c 'for f in /run/images/*.tar; do [ -f "$f" ] && docker load -qi "$f"; rm -f "$f"; done' >/dev/null ) & done; wait; fi
  { echo '[all]'
    for i in $(seq "$1"); do echo "host$i ansible_host=$(address "$i")"; done
    printf '[all:vars]\nansible_user=root\nansible_ssh_private_key_file=%s\nansible_ssh_common_args=-F /dev/null -o UserKnownHostsFile=%s -o StrictHostKeyChecking=yes\nansible_python_interpreter=/usr/bin/python3\n' "$dir/id" "$dir/known_hosts"
  } > "$dir/inventory"
}

init_pid() { pgrep -P "$(cat "$dir/h$1/pid")" 2>/dev/null | head -1; } # PID, seen from outside, of the host's PID 1
entry() { # I | ctl
  if [ "$1" = ctl ]; then printf '%s\n' nsenter --net="/run/netns/$ctl"; return; fi
  printf '%s\n' nsenter --target "$(init_pid "$1")" --mount --uts --ipc --net --pid env -i PATH="$PATH" HOME=/root TERM=dumb
}
at() { local words; mapfile -t words < <(entry "$1"); shift; "${words[@]}" "$@"; }

halt() { # I
  local p; p=$(cat "$dir/h$1/pid" 2>/dev/null) || return 0
  at "$1" sh -c 'c=$(docker ps -q 2>/dev/null); [ -n "$c" ] && docker kill $c; kill $(cat /var/run/docker.pid)' >/dev/null 2>&1
  kill -9 "$(init_pid "$1")" 2>/dev/null; kill -9 "$p" 2>/dev/null
  for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.05; done
}

down() {
  local i c n; n=$(cat "$dir/n" 2>/dev/null || echo 0)
  for i in $(seq "$n"); do ( halt "$i"; ip netns del "lf$tag-$i" 2>/dev/null
    for c in /sys/fs/cgroup/*/"lf$tag-$i" /sys/fs/cgroup/"lf$tag-$i"; do [ -d "$c" ] && find "$c" -depth -type d -exec rmdir {} + 2>/dev/null; done ) & done; wait
  ip netns del "$ctl" 2>/dev/null # the guard route stays on purpose: a late client must not leave the machine
  rm -rf --one-file-system "$dir"
}

case ${1:-} in
  up) up "${2:-3}";;
  down) down;;
  at) shift; at "$@";;
  entry) entry "$2";; # the words, one a line, that go before a command there
  ctl) shift; in_ctl "$@";;
  stop) halt "$2";;
  start) boot "$2"; await_ssh "$2";;
  _host) host_main "$2";;
  *) sed -n 2,7p "$0"; exit 2;;
esac
