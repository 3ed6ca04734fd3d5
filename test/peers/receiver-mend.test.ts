/** The receiver's `mend` on a directory of its own: only what is still as it was seen. Needs root. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { readReceiver } from '../../src/fleet/receiver-parts.ts'
import { files } from '../../src/io/files.ts'

const place = mkdtempSync(join(tmpdir(), 'lockstep-mend-'))
after(() => rmSync(place, { recursive: true, force: true }))
const receiver = await readReceiver(files, resolve(import.meta.dirname, '../../ansible'))
const identity = { project: 'shop', environment: 'production', host: 'host1', id: 'f0' }
const seen = { kind: 'file', mode: 0o644, uid: 0 }

const shell = (script: string): string => {
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], { cwd: place, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

/** What the receiver answers for these items in a directory that `script` has filled. */
const mend = (name: string, script: string, items: Operation['items']): string => {
  const directory = join(place, name)
  mkdirSync(directory, { mode: 0o700 })
  writeFileSync(join(directory, 'host.json'), JSON.stringify(identity), { mode: 0o600 })
  shell(`umask 022; cd ${name}; ${script}`)
  const operation: Operation = { op: 'mend', directory, identity, items }
  const input = Buffer.concat([receiver(operation), Buffer.from(`\n`)])
  writeFileSync(join(place, 'program.py'), input)
  const frame = `${JSON.stringify({ ...operation, format: 1 })}\n`
  const run = spawnSync('python3', ['-I', '-S', join(place, 'program.py')], { input: frame, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  return run.stdout.replace(/^LOCKSTEP /, '').trimEnd()
}

const changed = 'it was changed since it was looked at'
const gone = 'it cannot be opened any more'
chmodSync(place, 0o700)

test('owner and mode become what they should be, and nothing else is touched', () => {
  const said = mend('good', 'mkdir -p g/7; printf x > g/7/a; printf y > b; chown 65534 b; mkdir c; chmod 750 c', [
    { path: 'g/7/a', seen, mode: 0o600 },
    { path: 'b', seen: { ...seen, uid: 65534 }, mode: 0o600, uid: 0 },
    { path: 'c', seen: { kind: 'directory', mode: 0o750, uid: 0 }, mode: 0o700 },
  ])
  assert.equal(said, '{"ok":{"mended":[null,null,null]}}')
  assert.equal(
    shell('cd good; stat -c "%a %u %n" g/7/a b c g; cat g/7/a b'),
    '600 0 g/7/a\n600 0 b\n700 0 c\n755 0 g\nxy',
  )
})

test('what is no longer as it was seen stays as it is', () => {
  const victim = join(place, 'victim')
  writeFileSync(victim, 'v', { mode: 0o644 })
  const rows: readonly (readonly [string, string, string])[] = [
    ['mode', 'printf x > a; chmod 640 a', changed],
    ['owner', 'printf x > a; chown 65534 a', changed],
    ['kind', 'mkdir a; chmod 644 a', changed],
    ['linked', 'printf x > a; ln a b', changed],
    ['fifo', 'mkfifo -m 644 a', changed],
    ['absent', 'true', gone],
    ['link', `ln -s ${victim} a`, gone],
  ]
  for (const [name, script, why] of rows) {
    const before = (): string =>
      shell(`stat -c "%a %u %F %h" ${victim}; cd ${name}; ls -lan --time-style=+ | tail -n +2`)
    const said = mend(name, script, [{ path: 'a', seen, mode: 0o600, uid: 0 }])
    assert.equal(said, JSON.stringify({ ok: { mended: [why] } }), name)
    assert.doesNotMatch(before(), /rw-------[^\n]* a$/m, name)
  }
  assert.equal(shell(`stat -c %a ${victim}`), '644\n')
})

test('no path leads out of the directory, by a link in its middle or by its words', () => {
  const items = ['in/a', '../victim2', '/etc/hostname', './a', 'x/../a', ''].map((path) => ({
    path,
    seen,
    mode: 0o600,
  }))
  mkdirSync(join(place, 'elsewhere'))
  writeFileSync(join(place, 'elsewhere', 'a'), 'e', { mode: 0o644 })
  writeFileSync(join(place, 'victim2'), 'e', { mode: 0o644 })
  const said = mend('out', 'ln -s ../elsewhere in; printf x > a', items)
  assert.equal(said, JSON.stringify({ ok: { mended: items.map(() => gone) } }))
  assert.equal(shell('stat -c %a elsewhere/a victim2 out/a'), '644\n644\n644\n')
})

/** Gives uid 65534 read on `a`, as setfacl would. */
const listing = `import os, struct
entries = [(1, 6, 2**32 - 1), (2, 4, 65534), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)]
os.setxattr("a", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries))`

test('an access list goes, and with it who it let in', () => {
  const said = mend('listed', `printf x > a; python3 -c '${listing}'`, [
    { path: 'a', seen: { ...seen, mode: 0o640 }, mode: 0o600, attributes: ['system.posix_acl_access', 'user.none'] },
  ])
  assert.equal(said, '{"ok":{"mended":[null]}}')
  assert.equal(shell('cd listed; stat -c %a a; python3 -c "import os; print(os.listxattr(\'a\'))"'), '600\n[]\n')
})

test('another machine, and one that a delivery holds, are refused', () => {
  const other = mend(
    'other',
    `printf '{"project":"shop","environment":"production","host":"host1","id":"f1"}' > host.json`,
    [],
  )
  assert.match(
    other,
    /^\{"refused":\{"code":"CONFLICT","message":"this is not the machine that was set up: its id differs"/,
  )
  const until = Math.floor(Date.now() / 1000) + 600
  const lease = `{"run":"r1","holder":"anna on desk","until":${until},"fence":4}`
  const held = mend(
    'held',
    `mkdir -m 700 ledger; umask 077; printf '${lease}' > ledger/lease.json; umask 022; printf x > a`,
    [{ path: 'a', seen, mode: 0o600 }],
  )
  assert.match(held, /"code":"CONFLICT".*"held by anna on desk"/)
  assert.equal(shell('stat -c %a held/a'), '644\n')
})
