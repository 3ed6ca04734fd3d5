import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import { startFleet } from '../support/fleet.ts'
import type { TestFleet } from '../support/fleet.ts'

/** As it lies on the host. */
const program = '/run/clone/bin/lockstep'

const manifest = `project: shop
alerts:
  - { command: [sh, -c, "cat >> /root/told"], severity: high }
groups:
  db: { keys: [DB_PASSWORD] }
  session: { keys: [SESSION_KEY], rotate: { with: random, every: 7d, breaks: logins } }
  token: { keys: [API_TOKEN], rotate: { with: person, every: 90d } }
git: { commit: true, push: true }
`

/** A control host: a clone in /srv/shop whose one host is the machine itself, and a lockstep that root alone can write. */
const controlHost = (fleet: TestFleet): void => {
  fleet.at(
    1,
    `set -e
    umask 022
    mkdir -p /srv/shop/inventory /srv/tool/bin /srv/metrics
    printf '#!/bin/sh\\nexec %s "$@"\\n' '${program}' > /srv/tool/bin/lockstep
    chmod 755 /srv/tool/bin/lockstep
    echo 'host1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3' > /srv/shop/inventory/production
    cd /srv/shop
    cat > lockstep.yaml <<'END'
${manifest}END
    export LOCKSTEP_PROGRAM=/srv/tool/bin/lockstep
    $LOCKSTEP_PROGRAM init
    printf value | $LOCKSTEP_PROGRAM set DB_PASSWORD --group db
    printf first-session | $LOCKSTEP_PROGRAM set SESSION_KEY --group session
    printf token-of-a-person | $LOCKSTEP_PROGRAM set API_TOKEN --group token
    $LOCKSTEP_PROGRAM backup recovery --to /root/recovery
    git init -q -b main; git config user.name control; git config user.email control@example.org
    git add -A; git commit -qm start
    git init -q --bare -b main /srv/origin; git remote add origin /srv/origin; git push -qu origin main
    $LOCKSTEP_PROGRAM setup
    $LOCKSTEP_PROGRAM schedule install --textfile /srv/metrics/shop.prom`,
  )
}

/** Starts a cron for which it is five in the morning, 59 minutes and some seconds: the line itself comes due. */
const startCron = (fleet: TestFleet): void => {
  fleet.at(
    1,
    `set -e; now=$(date +%s); day=$((now % 86400)); away=$((21600 - 5 - day)); sign=-
    [ $away -lt 0 ] && { away=$((-away)); sign=+; }
    zone=$(printf 'XXX%s%02d:%02d:%02d' $sign $((away / 3600)) $((away / 60 % 60)) $((away % 60)))
    env -i PATH=/usr/bin:/bin TZ=$zone /usr/sbin/cron`,
  )
}

const told = (fleet: TestFleet): readonly string[] =>
  fleet
    .at(1, 'cat /root/told 2>/dev/null || true')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) =>
      JSON.parse(line).alerts.map((one: { event: string; finding: string; path: string }) =>
        [one.event, one.finding, one.path].join(' '),
      ),
    )

const until = async (what: string, is: () => boolean): Promise<void> => {
  for (let left = 300; left > 0; left--) {
    if (is()) return
    await sleep(200)
  }
  assert.fail(`never: ${what}`)
}

suite('a control host that works by itself', { concurrency: false }, () => {
  let fleet: TestFleet
  before(() => {
    fleet = startFleet({ hosts: 1, net: 67 })
    controlHost(fleet)
  })
  after(() => fleet.down())

  test('the lines are those of the design', () => {
    const lines = fleet.at(1, "grep -h '^[0-9]' /etc/cron.d/lockstep-shop").trim().split('\n')
    assert.ok(lines.includes('0 2 * * 0 root /opt/shop/scripts/manage-secrets.sh rotate'))
    assert.ok(lines.includes('0 6 * * * root /opt/shop/scripts/manage-secrets.sh audit'))
    assert.equal(
      fleet.at(1, 'stat -c "%a %U" /opt/shop/scripts/manage-secrets.sh /etc/cron.d/lockstep-shop'),
      '755 root\n644 root\n',
    )
  })

  test('a real cron starts the audit; what it finds is told and in the metrics', async () => {
    fleet.at(1, 'chmod 644 /opt/shop/current/secrets/db.env')
    startCron(fleet)
    await until('the job ended', () => fleet.statusAt(1, 'test -s /srv/metrics/shop.prom') === 0)
    fleet.at(1, 'kill $(cat /var/run/crond.pid)')
    assert.deepEqual(
      told(fleet)
        .filter((line) => line.includes('WORLD-READABLE'))
        .map((line) => line.replace(/generations\/\d+/, 'current')),
      ['open WORLD-READABLE /opt/shop/current/secrets/db.env'],
    )
    const metrics = fleet.at(1, 'cat /srv/metrics/shop.prom')
    assert.match(metrics, /^lockstep_job_last_exit_code\{.*job="audit"\} 9$/m)
    assert.match(metrics, /^lockstep_job_failed\{.*job="audit"\} 0$/m)
    assert.match(metrics, /^lockstep_secret_age_seconds\{.*secret="DB_PASSWORD",group="db"/m)
    assert.equal(fleet.at(1, 'stat -c "%a" /srv/metrics/shop.prom'), '644\n')
  })

  test('two at once, as cron starts them: one runs, the other says who is at it; what is over is told', () => {
    const line = `env -i HOME=/root SHELL=/bin/sh LOCKSTEP_SCHEDULED=cron PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      /bin/sh -c '/opt/shop/scripts/manage-secrets.sh audit'`
    const said = fleet.at(
      1,
      `chmod 600 /opt/shop/current/secrets/db.env
      ( ${line} > /root/first 2>&1; echo $? > /root/status ) & 
      until grep -q '"audit":{[^}]*"ended":null' /root/.local/state/lockstep/known-*; do sleep 0.05; done
      ${line} 2>&1; echo "second: $?"
      wait; echo "first: $(cat /root/status)"`,
    )
    assert.match(said, /the job audit runs already: process \d+ on host1 has been at it since \d{4}-/)
    assert.match(said, /second: 8\nfirst: (0|9)\n$/)
    assert.deepEqual(told(fleet).filter((one) => one.includes('WORLD-READABLE')).length, 2)
    assert.match(told(fleet).at(-1) ?? '', /^gone WORLD-READABLE/)
  })

  test('the weekly rotation asks nobody and pushes; a second one at the same time does nothing', () => {
    const line = `env -i HOME=/root SHELL=/bin/sh LOCKSTEP_SCHEDULED=cron "LOCKSTEP_REASON=job of cron" \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c '/opt/shop/scripts/manage-secrets.sh rotate'`
    const said = fleet.at(
      1,
      `( ${line} > /root/first 2>&1; echo $? > /root/status ) &
      for _ in $(seq 300); do
        grep -q '"rotate":{[^}]*"ended":null' /root/.local/state/lockstep/known-* && break; sleep 0.05
      done
      ${line} 2>&1; echo "second: $?"
      wait; echo "first: $(cat /root/status)"; cat /root/first`,
    )
    assert.match(said, /the job rotate runs already: process \d+ on host1 has been at it since \d{4}-[^]*second: 8\n/)
    assert.match(said, /first: 0\n/)
    assert.match(said, /^SESSION_KEY .* retired/m)
    assert.match(said, /^API_TOKEN .* skipped: needs you/m)
    assert.match(said, /^committed [0-9a-f]+, pushed$/m)
    assert.doesNotMatch(said, /first-session|token-of-a-person/)
    const [pushed, here, there] = fleet
      .at(
        1,
        `git -C /srv/origin log -1 --format='%s / %b' main | tr '\\n' ' '; echo
        cd /srv/shop; /srv/tool/bin/lockstep get SESSION_KEY; git status --porcelain -- secrets >&2
        cd /opt/shop
        ansible-vault view --vault-password-file vault-password secrets/session.env | sed -n 's/^SESSION_KEY=//p'`,
      )
      .split('\n')
    assert.match(pushed ?? '', /^lockstep: rotated SESSION_KEY \/ rotation [0-9a-f]{8} job of cron/)
    assert.notEqual(here, 'first-session')
    assert.equal(here, there)
    assert.match(fleet.at(1, 'cat /srv/metrics/shop.prom || true'), /lockstep_job_failed/)
  })

  test('by hand the script takes --check; what a person has left for too long ends the run with PARTIAL', () => {
    const said = fleet.at(
      1,
      `cd /; /opt/shop/scripts/manage-secrets.sh rotate --check 2>&1; echo "check: $?"
      sed -i 's/every: 90d/every: 1s/' /srv/shop/lockstep.yaml
      /opt/shop/scripts/manage-secrets.sh rotate --due </dev/null 2>&1; echo "due: $?"
      sed -i 's/every: 1s/every: 90d/' /srv/shop/lockstep.yaml`,
    )
    const [check = '', due = ''] = said.split(/check: 0\n/)
    assert.match(check, /nothing written[^]*^SESSION_KEY /m)
    assert.match(due, /^API_TOKEN +\S+! .*needs you[^]*due: 10\n$/m)
  })

  test('status looks again until a signal comes', () => {
    const said = fleet.at(
      1,
      'cd /srv/shop; timeout --preserve-status -s TERM 4 /srv/tool/bin/lockstep status --watch 1 2>&1; echo "status: $?"',
    )
    assert.match(said, /Z {2}host1: in step, generation 2$/m)
    assert.equal(said.match(/Z {2}host1: /g)?.length, 1, 'what stays is said once')
    assert.match(said, /status: 0\n$/)
  })

  test('list says how it ran, remove leaves nothing', () => {
    const said = fleet.at(
      1,
      `cd /srv/shop; sed -i 's/^0 6/5 6/' /etc/cron.d/lockstep-shop
      /srv/tool/bin/lockstep schedule list; echo "list: $?"
      /srv/tool/bin/lockstep schedule remove -q; ls /etc/cron.d /opt/shop/scripts`,
    )
    assert.match(said, /^audit +installed +\d+s ago, ended with (0|9) /m)
    assert.match(said, /^edited {2}\/etc\/cron\.d\/lockstep-shop: /m)
    assert.match(said, /list: 10\n/)
    assert.doesNotMatch(said.split('list: 10')[1] ?? '', /^(lockstep-shop|manage-secrets\.sh)$/m)
  })
})
