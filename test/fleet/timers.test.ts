import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { must } from '../support/must.ts'

const script = resolve(import.meta.dirname, 'systemd-host.sh')
/** As it lies on the host. */
const program = '/mnt/clone/bin/lockstep'

suite('a host with a real systemd', { concurrency: false }, () => {
  let directory = ''
  const host = (verb: string, ...args: readonly string[]): string =>
    must('bash', [script, verb, directory, ...args]).toString()
  const at = (text: string): string => host('at', `export LOCKSTEP_PROGRAM=/srv/tool/bin/lockstep; ${text}`)

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-systemd-'))
    host('up')
  })
  after(() => host('down'))

  test('it runs the audit that it missed, as hardened as it is, and its end is known', () => {
    const said = at(
      `umask 022
    mkdir -p /srv/shop/inventory /srv/tool/bin /var/lib/systemd/timers
    printf '#!/bin/sh\\nexec %s "$@"\\n' '${program}' > /srv/tool/bin/lockstep; chmod 755 /srv/tool/bin/lockstep
    echo 'host1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3' > /srv/shop/inventory/production
    cd /srv/shop; printf 'project: shop\\nalerts: [{ command: [sh, -c, "cat >> /root/told"] }]\\n' > lockstep.yaml
    $LOCKSTEP_PROGRAM init >/dev/null; printf value | $LOCKSTEP_PROGRAM set APP_KEY --group app >/dev/null
    # it last ran two days ago, so it has missed one: Persistent= makes up for it at once
    touch -d '2 days ago' /var/lib/systemd/timers/stamp-lockstep-shop-AUDIT.timer
    # but for the quarter of an hour that it is spread over
    mkdir /etc/systemd/system/lockstep-shop-AUDIT.timer.d
    printf '[Timer]\\nRandomizedDelaySec=0\\n' > /etc/systemd/system/lockstep-shop-AUDIT.timer.d/now.conf
    $LOCKSTEP_PROGRAM schedule install --systemd
    systemctl is-enabled lockstep-shop-AUDIT.timer
    for i in $(seq 200); do
      systemctl show -p ExecMainExitTimestampMonotonic lockstep-shop-AUDIT.service | grep -q '=0$' || break
      sleep 0.2
    done
    systemctl show -p Result -p ExecMainStatus lockstep-shop-AUDIT.service
    $LOCKSTEP_PROGRAM schedule list | grep '^audit'
    cat /root/told; echo
    $LOCKSTEP_PROGRAM schedule remove
    echo "left: $(systemctl list-timers --all | grep -c lockstep)" "$(ls /etc/systemd/system | grep -c '^lockstep.*[er]$')" || true`,
    )
    assert.match(said, /^enabled$/m)
    // 9: nothing was set up on this host, and the audit says so
    assert.match(said, /^Result=exit-code\nExecMainStatus=9$/m)
    assert.match(said, /^audit +installed +\d+s ago, ended with 9 .* lockstep-shop-AUDIT\.timer \*-\*-\* 06:00:00$/m)
    assert.match(said, /"finding":"NOT-SET-UP","host":"host1"/)
    assert.match(said, /^left: 0 0$/m)
  })

  test('it keeps the watch up: killed, and over a power cut, until it is taken away', () => {
    const unit = 'lockstep-shop-WATCH.service'
    const starts = '$(grep -c \'"kind":"start"\' /opt/shop/watch/events.jsonl)'
    const again = `for i in $(seq 200); do [ ${starts} -gt $seen ] && break; sleep 0.1; done`
    const said = at(
      `cd /srv/shop; $LOCKSTEP_PROGRAM setup --watch; systemctl is-enabled ${unit}; systemctl is-active ${unit}
      seen=${starts}; systemctl kill --signal KILL ${unit}; ${again}
      echo "$seen, then ${starts}: $(systemctl show -p ActiveState -p NRestarts ${unit} | tr '\\n' ' ')"`,
    )
    assert.match(said, /^enabled\nactive$/m)
    assert.match(said, /^1, then 2: (?=.*ActiveState=active)(?=.*NRestarts=1)/m)
    host('cut')
    assert.match(
      at(
        `seen=2; ${again}; systemctl is-active ${unit}; cat /opt/shop/generations/1/vault-password > /dev/null
        for i in $(seq 100); do grep '"/usr/bin/cat"' /opt/shop/watch/events.jsonl && break; sleep 0.1; done`,
      ),
      /^active\n.*"kind":"read".*"ours":false.*"path":"generations\/1\/vault-password"/,
    )
    assert.equal(
      at(
        `cd /srv/shop; $LOCKSTEP_PROGRAM setup --no-watch --forget-events > /dev/null
        ls /opt/shop | grep watch; systemctl list-units --all | grep shop-WATCH
        find /etc/systemd/system /etc/cron.d | grep WATCH; pgrep -f 'watch/[a]gent.py' || true`,
      ),
      '',
    )
  })
})
