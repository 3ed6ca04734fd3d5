import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cronLine, cronText } from '../../../src/core/schedule/cron-text.ts'
import { installedOf, scheduleName } from '../../../src/core/schedule/installed.ts'
import type { Installed } from '../../../src/core/schedule/installed.ts'
import { jobNamed, jobs } from '../../../src/core/schedule/jobs.ts'
import { manageText, manageVerbs } from '../../../src/core/schedule/manage-script.ts'
import { nextDue } from '../../../src/core/schedule/next-due.ts'
import { fileState, wantedFiles } from '../../../src/core/schedule/schedule-plan.ts'
import { calendarOf, systemdWord, unitsOf } from '../../../src/core/schedule/systemd-text.ts'
import { SecretsError } from '../../../src/core/errors.ts'

const shop = (details: Partial<Parameters<typeof installedOf>[0]> = {}): Installed =>
  installedOf({
    project: 'callableapis',
    environment: 'production',
    root: '/srv/shop',
    program: '/srv/shop/node_modules/.bin/lockstep',
    directory: '/opt/callableapis',
    textfile: null,
    ...details,
  })

const job = (name: string): NonNullable<ReturnType<typeof jobNamed>> => jobNamed(name) ?? assert.fail(name)

test('the lines of cron are those of the design, with who runs them', () => {
  assert.deepEqual(
    jobs.map((one) => cronLine(one, shop().script)),
    [
      '0 2 * * 0 root /opt/callableapis/scripts/manage-secrets.sh rotate',
      '0 6 * * * root /opt/callableapis/scripts/manage-secrets.sh audit',
      '0 3 * * 0 root /opt/callableapis/scripts/manage-secrets.sh backup',
    ],
  )
})

test('cron ends a command at a bare %, sh splits at a blank', () => {
  assert.equal(cronLine(job('audit'), "/opt/50% of it's/x"), "0 6 * * * root '/opt/50\\% of it'\\''s/x' audit")
})

test('the file of cron: marked, with what jobs need, and nothing that ends it early', () => {
  const text = cronText(shop({ textfile: '/var/lib/x.prom' }), [job('audit')])
  assert.deepEqual(text.split('\n').slice(1), [
    'SHELL=/bin/sh',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LOCKSTEP_SCHEDULED=cron',
    'LOCKSTEP_REASON=job of cron',
    'LOCKSTEP_TEXTFILE=/var/lib/x.prom',
    '0 6 * * * root /opt/callableapis/scripts/manage-secrets.sh audit',
    '',
  ])
  assert.match(text, /^# made by lockstep schedule install for production in \/srv\/shop; /)
  assert.match(scheduleName(shop({ environment: 'staging' })), /^[A-Za-z0-9_-]+$/, 'cron reads no file with a dot')
})

for (const [name, details] of [
  ['a line end in the clone', { root: '/srv/a\n* * * * * root reboot' }],
  ['one in the program', { program: '/srv/a\nb' }],
  ['another kind of line end', { root: '/srv/a\u2028b' }],
  ['a setting behind the text file', { textfile: '/var/x PATH=/tmp' }],
  ['a text file that is not absolute', { textfile: 'x.prom' }],
  ['a % in it', { textfile: '/var/%h.prom' }],
] as const) {
  test(`refused: ${name}`, () => assert.throws(() => shop(details), SecretsError))
}

test('the script knows its clone, its program and its environment, whatever they are called', () => {
  const odd = manageText(shop({ root: "/srv/it's 100% $HOME", program: '/srv/a b/lockstep', environment: 'staging' }))
  assert.match(odd, /^cd -- '\/srv\/it'\\''s 100% \$HOME'$/m)
  assert.match(odd, /^exec '\/srv\/a b\/lockstep' "\$verb" -E staging "\$@"$/m)
  assert.match(manageText(shop()), /^exec \/srv\/shop\/node_modules\/\.bin\/lockstep "\$verb" "\$@"$/m)
  for (const verb of manageVerbs) assert.match(odd, new RegExp(`^  .*\\b${verb}\\b.*\\) shift ;;$`, 'm'))
})

test('timers: at the same times, caught up with, spread', () => {
  assert.deepEqual(
    jobs.map(({ when }) => calendarOf(when)),
    ['Sun *-*-* 02:00:00', '*-*-* 06:00:00', 'Sun *-*-* 03:00:00'],
  )
  const [service, timer] = unitsOf(shop(), job('backup'))
  assert.equal(service?.name, 'lockstep-callableapis-BACKUP.service')
  assert.match(service?.text ?? '', /^ExecStart=\/opt\/callableapis\/scripts\/manage-secrets\.sh backup$/m)
  assert.match(timer?.text ?? '', /^Persistent=true\nRandomizedDelaySec=15min$/m)
})

test('words of ExecStart', () => {
  assert.equal(systemdWord('/opt/a-b_c.d'), '/opt/a-b_c.d')
  assert.equal(systemdWord('/opt/50%/$x y"z\\'), '"/opt/50%%/$$x y\\"z\\\\"')
})

const wanted = (by: 'cron' | 'systemd' | null): readonly string[] =>
  wantedFiles(shop(), { by, jobs: [job('audit')], all: jobs, places: { cron: '/c', units: '/u' } }).flatMap(
    ({ path, mode, text }) => (text === null ? [] : [`${path} ${mode.toString(8)}`]),
  )

test('cron or timers, never both', () => {
  const script = '/opt/callableapis/scripts/manage-secrets.sh 755'
  assert.deepEqual(wanted('cron'), [script, '/c/lockstep-callableapis 644'])
  assert.deepEqual(wanted('systemd'), [
    script,
    '/u/lockstep-callableapis-AUDIT.service 644',
    '/u/lockstep-callableapis-AUDIT.timer 644',
  ])
  assert.deepEqual(wanted(null), [])
})

test('how a file stands', () => {
  const file = { path: '/c/x', mode: 0o644, text: '# mark\nours\n' }
  const gone = { ...file, text: null }
  const state = (found: string | null, one = file, mode = 0o644): string =>
    fileState(one, found === null ? null : { text: found, mode }, '# mark')
  assert.equal(state(null), 'missing')
  assert.equal(state('# mark\nours\n'), 'kept')
  assert.equal(state('# mark\nours\n', file, 0o666), 'edited')
  assert.equal(state('# mark\n* * * * * root other\n'), 'edited')
  assert.equal(fileState(gone, { text: '#!/bin/sh\n# mark\n', mode: 0 }, '# mark'), 'to remove')
  assert.equal(fileState(gone, { text: 'somebody’s own\n', mode: 0 }, '# mark'), 'absent')
  assert.throws(() => state('somebody’s own\n'), /this file is not ours/)
  const other = '# made by lockstep schedule install for production in /srv/other; …'
  assert.throws(() => state(other), /of another clone/)
  assert.throws(() => fileState(gone, { text: other, mode: 0 }, '# mark'), /of another clone/)
})

for (const [name, zone, now, next] of [
  ['audit', 'UTC', '2026-11-22T05:59:59Z', '2026-11-22T06:00:00Z'],
  ['audit', 'UTC', '2026-11-22T06:00:00Z', '2026-11-23T06:00:00Z'],
  ['backup', 'UTC', '2026-11-22T03:00:00Z', '2026-11-29T03:00:00Z'],
  ['backup', 'Asia/Kolkata', '2026-11-20T00:00:00Z', '2026-11-21T21:30:00Z'],
  ['audit', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T05:00:00Z'],
] as const) {
  test(`${name} is next due after ${now} in ${zone}`, () => {
    assert.equal(nextDue(job(name).when, Date.parse(now), zone), Date.parse(next))
  })
}
