#!/usr/bin/env bash
# One host in namespaces of its own whose PID 1 is the systemd of this machine, with a copy-on-write /etc, /var and /usr, its
# own /opt, /root, /srv and /tmp, no network, and none of this machine's units but what every system starts with.
#   systemd-host.sh up DIR | at DIR SCRIPT | down DIR
set -u
dir=$2; tag=lockstep-$(printf %s "$dir" | cksum | cut -d' ' -f1)
if [ -d /sys/fs/cgroup/systemd ]; then groups=/sys/fs/cgroup/systemd; else groups=/sys/fs/cgroup; fi

boot() { # inside its namespaces, as what becomes PID 1
  set -e
  local name v1=0
  [ -d /sys/fs/cgroup/systemd ] && v1=1
  mount --make-rprivate /
  mount -t proc proc /proc
  mount -t tmpfs tmpfs /mnt
  for name in etc var usr; do
    mkdir -p "/mnt/up/$name" "/mnt/work/$name"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=/mnt/up/$name,workdir=/mnt/work/$name" "/$name"
  done
  for name in run opt root srv tmp; do mount -t tmpfs -o mode=755 tmpfs "/$name"; done
  chmod 1777 /tmp; chmod 700 /root; mkdir /run/lock
  if [ $v1 = 1 ]; then
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
  else
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
  fi
  hostname host1
  rm -rf /etc/systemd/system/*.wants /etc/cron.d/*
  printf '[Unit]\nDescription=nothing but timers\nRequires=timers.target\n' > /etc/systemd/system/only-timers.target
  : > /etc/machine-id
  exec env -i container=docker PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=only-timers.target --log-target=null
}

init_pid() { pgrep -P "$(cat "$dir/pid")" 2>/dev/null | head -1; }
at() { nsenter --target "$(init_pid)" --mount --uts --ipc --net --pid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -c "$1"; }

up() {
  mkdir -p "$dir" "$groups/$tag"
  (
    echo $BASHPID > "$groups/$tag/cgroup.procs"
    exec setsid unshare --mount --uts --ipc --pid --cgroup --net --fork --kill-child bash "$0" _boot "$dir"
  ) </dev/null >"$dir/log" 2>&1 &
  echo $! > "$dir/pid"
  for _ in $(seq 300); do
    at 'systemctl is-system-running --wait' 2>/dev/null | grep -qE 'running|degraded' && return
    sleep 0.1
  done
  echo "no systemd as PID 1 of a host" >&2; cat "$dir/log" >&2; exit 1
}

down() {
  kill -9 "$(init_pid)" "$(cat "$dir/pid")" 2>/dev/null
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
  down) down;;
  _boot) boot;;
  *) sed -n 2,4p "$0"; exit 2;;
esac
