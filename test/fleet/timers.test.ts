import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { must } from '../support/must.ts'

const script = resolve(import.meta.dirname, 'systemd-host.sh')
const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

test('a real systemd runs the audit that it missed, as hardened as it is, and its end is known', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-systemd-'))
  const host = (verb: string, ...args: readonly string[]): string =>
    must('bash', [script, verb, directory, ...args]).toString()
  t.after(() => host('down'))
  host('up')
  const said = host(
    'at',
    `umask 022
    mkdir -p /srv/shop/inventory /srv/tool/bin /var/lib/systemd/timers
    printf '#!/bin/sh\\nexec %s "$@"\\n' '${program}' > /srv/tool/bin/lockstep; chmod 755 /srv/tool/bin/lockstep
    echo 'host1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3' > /srv/shop/inventory/production
    cd /srv/shop; printf 'project: shop\\nalerts: [{ command: [sh, -c, "cat >> /root/told"] }]\\n' > lockstep.yaml
    export LOCKSTEP_PROGRAM=/srv/tool/bin/lockstep
    $LOCKSTEP_PROGRAM init >/dev/null; printf value | $LOCKSTEP_PROGRAM set APP_KEY --group app >/dev/null
    # it last ran two days ago, so it has missed one: Persistent= makes up for it at once
    touch -d '2 days ago' /var/lib/systemd/timers/stamp-lockstep-shop-audit.timer
    # but for the quarter of an hour that it is spread over
    mkdir /etc/systemd/system/lockstep-shop-audit.timer.d
    printf '[Timer]\\nRandomizedDelaySec=0\\n' > /etc/systemd/system/lockstep-shop-audit.timer.d/now.conf
    $LOCKSTEP_PROGRAM schedule install --systemd
    systemctl is-enabled lockstep-shop-audit.timer
    for i in $(seq 200); do
      systemctl show -p ExecMainExitTimestampMonotonic lockstep-shop-audit.service | grep -q '=0$' || break
      sleep 0.2
    done
    systemctl show -p Result -p ExecMainStatus lockstep-shop-audit.service
    $LOCKSTEP_PROGRAM schedule list | grep '^audit'
    cat /root/told; echo
    $LOCKSTEP_PROGRAM schedule remove
    echo "left: $(systemctl list-timers --all | grep -c lockstep)" "$(ls /etc/systemd/system | grep -c '^lockstep.*[er]$')" || true`,
  )
  assert.match(said, /^enabled$/m)
  // 9: nothing was set up on this host, and the audit says so
  assert.match(said, /^Result=exit-code\nExecMainStatus=9$/m)
  assert.match(said, /^audit +installed +\d+s ago, ended with 9 .* lockstep-shop-audit\.timer \*-\*-\* 06:00:00$/m)
  assert.match(said, /"finding":"NOT-SET-UP","host":"host1"/)
  assert.match(said, /^left: 0 0$/m)
})
