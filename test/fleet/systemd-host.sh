#!/usr/bin/env bash
# One host in namespaces of its own whose PID 1 is the systemd of this machine, with a copy-on-write /etc, /var and /usr, its
# own /opt, /root, /srv and /tmp, no network, and none of this machine's units but what every system starts with. Its power can
# be cut: it starts anew with what is on its disks. This clone, wherever it lies, is in /mnt/clone.
#   systemd-host.sh up DIR | at DIR SCRIPT | cut DIR | down DIR
set -u
export clone; clone=$(cd "$(dirname "$0")/../.." && pwd)
dir=$2; tag=lockstep-$(printf %s "$dir" | cksum | cut -d' ' -f1)
if [ -d /sys/fs/cgroup/systemd ]; then groups=/sys/fs/cgroup/systemd; else groups=/sys/fs/cgroup; fi

machine() { # inside its namespaces: its disks, and PID 1 after PID 1
  local name v1=0
  [ -d /sys/fs/cgroup/systemd ] && v1=1
  set -e
  mount --make-rprivate /
  mount -t tmpfs -o mode=755 tmpfs /mnt
  mkdir /mnt/clone; mount --bind "$clone" /mnt/clone # before what it may lie below is hidden
  for name in etc var usr; do
    mkdir -p "/mnt/up/$name" "/mnt/work/$name"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=/mnt/up/$name,workdir=/mnt/work/$name" "/$name"
  done
  for name in opt root srv tmp; do mount -t tmpfs -o mode=755 tmpfs "/$name"; done
  chmod 1777 /tmp; chmod 700 /root
  if [ $v1 = 1 ]; then
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
  else
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
  fi
  hostname host1
  rm -rf /etc/systemd/system/*.wants /etc/cron.d/* /lib/systemd/system/multi-user.target.wants
  printf '[Unit]\nDescription=timers, and what is installed\nRequires=timers.target\n' > /etc/systemd/system/multi-user.target
  : > /etc/machine-id
  set +e
  while :; do unshare --mount --pid --fork --kill-child bash -c "$(declare -f boot); boot"; done
}

boot() { # as what becomes PID 1
  set -e
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/lock
  exec env -i container=docker PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=null
}

machine_pid() { cat "$dir/pid"; }
born() { pgrep -P "$(machine_pid)" 2>/dev/null | head -1; }
init_pid() { local pid; pid=$(born) && [ -n "$pid" ] && pgrep -P "$pid" | head -1; }
at() { nsenter --target "$(init_pid)" --mount --uts --ipc --net --pid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -c "$1"; }

up() {
  mkdir -p "$dir" "$groups/$tag"
  (
    echo $BASHPID > "$groups/$tag/cgroup.procs"
    exec setsid unshare --mount --uts --ipc --cgroup --net bash -c "$(declare -f machine boot); machine"
  ) </dev/null >"$dir/log" 2>&1 &
  echo $! > "$dir/pid"
  await
}

await() {
  for _ in $(seq 300); do
    at 'systemctl is-system-running --wait' 2>/dev/null | grep -qE 'running|degraded' && return
    sleep 0.1
  done
  echo "no systemd as PID 1 of a host" >&2; cat "$dir/log" >&2; exit 1
}

cut_power() { # and back it is
  local before; before=$(born)
  kill -9 "$(init_pid)"
  for _ in $(seq 200); do
    [ -n "$(born)" ] && [ "$(born)" != "$before" ] && break
    sleep 0.05
  done
  await
}

down() {
  local pids; pids="$(machine_pid) $(born) $(init_pid)"
  # the machine first: it would start anew
  for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
  for _ in $(seq 100); do
    find "$groups/$tag" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$groups/$tag" ] || break
    sleep 0.05
  done
  rm -rf "$dir"
}

case $1 in
  up) up;;
  at) at "$3";;
  cut) cut_power;;
  down) down;;
  *) sed -n 2,5p "$0"; exit 2;;
esac
