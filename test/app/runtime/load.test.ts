import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { load, type LoadDoor, type RuntimeEvent } from '../../../src/app/runtime/load.ts'
import { fail, hasCode, type Code } from '../../../src/core/errors.ts'
import { fingerprint } from '../../../src/crypto/fingerprint.ts'
import { scopeDigest } from '../../../src/crypto/scope-digest.ts'
import { Secret } from '../../../src/core/secret.ts'
import { files } from '../../../src/io/files.ts'
import { random } from '../../../src/io/random.ts'
import { fileProvider } from '../../../src/providers/file.ts'
import { hostKey, scopeFiles, writeScope, type Groups } from '../../support/scope.ts'
import { temporary } from '../../support/temporary.ts'
import { unusedPorts } from '../../support/unused-ports.ts'

const groups: Groups = {
  aws: { AWS_ACCESS_KEY_ID: 'AKIA-canary', AWS_SECRET_ACCESS_KEY: 'canary/+=' },
  session: { SESSION_KEY: 'canary\nof two lines' },
}

/** A clock whose pauses end when the test says so. */
interface Surroundings {
  readonly door: LoadDoor
  readonly events: RuntimeEvent[]
  readonly pauses: number[]
  tick(): Promise<void>
}

const surroundings = (): Surroundings => {
  const events: RuntimeEvent[] = []
  const pauses: number[] = []
  let [now, wake] = [1_000_000, (): void => {}]
  const clock: LoadDoor['clock'] = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve())
        // The deadline of a chain is not a pause of ours.
        if (ms === 10_000) return
        pauses.push(ms)
        wake = () => {
          now += ms
          resolve()
        }
      }),
  }
  const door: LoadDoor = {
    files,
    clock,
    random,
    machine: unusedPorts.machine,
    provider: async () => fileProvider({ files, clock }),
    announce: (event) => events.push(event),
  }
  const tick = async (): Promise<void> => {
    const before = events.length
    wake()
    while (events.length === before) await new Promise((resolve) => setTimeout(resolve, 2))
    // One more turn, so that what comes after the announcement has happened.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { door, events, pauses, tick }
}

const place = (root: string): { passwordFile: string; directory: string } => ({
  passwordFile: `${root}/vault-password`,
  directory: `${root}/secrets`,
})

const delivered = async (t: TestContext, options = {}): Promise<string> => {
  const root = temporary(t)
  writeScope(root, await scopeFiles(groups, options))
  return root
}

test('loads what was delivered, and computes fingerprints from the bytes in use', async (t) => {
  const { door, events } = surroundings()
  const secrets = await load(door, place(await delivered(t)))
  assert.equal(secrets.ready, true)
  assert.deepEqual(secrets.names, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SESSION_KEY'])
  assert.equal(secrets.get('SESSION_KEY').reveal(), 'canary\nof two lines')
  const status = secrets.status({ fingerprints: true })
  assert.equal(status.verified, true)
  assert.deepEqual(status.generation, { number: 42, id: '2a'.padStart(32, '0') })
  assert.equal(status.secrets['SESSION_KEY']?.group, 'session')
  assert.equal(
    status.secrets['SESSION_KEY']?.fingerprint,
    fingerprint(hostKey, 'SESSION_KEY', new Secret('canary\nof two lines')),
  )
  const all = Object.values(groups).flatMap((values) => Object.entries(values))
  assert.equal(status.digest, scopeDigest(hostKey, new Map(all.map(([name, value]) => [name, new Secret(value)]))))
  assert.deepEqual(
    events.map(({ event, error }) => [event, error]),
    [['ready', null]],
  )
  assert.equal(JSON.stringify([status, events, secrets]).includes('canary'), false)
})

test('a name that is not there says what to do', async (t) => {
  const { door } = surroundings()
  const secrets = await load(door, place(await delivered(t)))
  assert.throws(
    () => secrets.get('NOPE'),
    (error) => hasCode(error, 'NOT_FOUND') && error.hint !== undefined,
  )
  assert.equal(secrets.has('__proto__'), false)
})

test('groups narrow what is loaded; the digest stays that of the scope', async (t) => {
  const { door } = surroundings()
  const root = await delivered(t)
  const [whole, some] = [await load(door, place(root)), await load(door, { ...place(root), groups: ['session'] })]
  assert.deepEqual(some.names, ['SESSION_KEY'])
  assert.equal(some.status().digest, whole.status().digest)
  await assert.rejects(load(door, { ...place(root), groups: ['nope'], degraded: false }), (error) =>
    hasCode(error, 'NOT_FOUND'),
  )
})

const rejectsWith = (promise: Promise<unknown>, code: Code, what: string): Promise<void> =>
  assert.rejects(
    promise,
    (error) => {
      assert.ok(error instanceof Error)
      assert.ok(hasCode(error, code), `${what}: ${error.message}`)
      assert.equal(`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`.includes('canary'), false)
      return true
    },
    what,
  )

test('what does not belong together ends the program, however it came about', async (t) => {
  const old = await scopeFiles(groups, { number: 41 })
  const other = await scopeFiles({ ...groups, session: { SESSION_KEY: 'another' } }, { number: 42 })
  const renamed = await scopeFiles({ ...groups, session: { OTHER_KEY: 'canary' } }, { number: 42 })
  const bytes = (name: string, from: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> => {
    const found = from.get(name)
    assert.ok(found)
    return new Map([[name, found]])
  }
  const cut = (bytes('secrets/all-secrets.env', old).get('secrets/all-secrets.env') ?? new Uint8Array()).slice(0, -81)
  const rows: readonly (readonly [string, ReadonlyMap<string, Uint8Array>])[] = [
    ['the password of another generation', bytes('vault-password', old)],
    ['the union of another generation', bytes('secrets/all-secrets.env', old)],
    ['the manifest of another generation', bytes('secrets/manifest.json', old)],
    ['other values under the same password', bytes('secrets/all-secrets.env', other)],
    ['other names under the same password', bytes('secrets/all-secrets.env', renamed)],
    ['a union cut short', new Map([['secrets/all-secrets.env', cut]])],
    ['a manifest that is not one', new Map([['secrets/manifest.json', new TextEncoder().encode('{}')]])],
    ['an empty manifest', new Map([['secrets/manifest.json', new Uint8Array()]])],
  ]
  for (const [what, change] of rows) {
    const root = await delivered(t)
    writeScope(root, change)
    await rejectsWith(load(surroundings().door, place(root)), 'TAMPERED', what)
  }
})

test('a manifest that is right about its files and wrong about its secrets is refused', async (t) => {
  const set = '2026-01-01T00:00:00Z'
  const wrong = { group: 'aws', version: 1, set, fingerprint: '000000000000' }
  for (const [what, secrets] of [
    [
      'another fingerprint',
      { ...Object.fromEntries(Object.keys(groups['aws'] ?? {}).map((name) => [name, wrong])), SESSION_KEY: wrong },
    ],
    ['a secret too few', { SESSION_KEY: wrong }],
  ] as const) {
    await rejectsWith(load(surroundings().door, place(await delivered(t, { manifest: { secrets } }))), 'TAMPERED', what)
  }
})

test('a union that is missing although the manifest names it is no degraded start', async (t) => {
  const root = await delivered(t)
  rmSync(`${root}/secrets/all-secrets.env`)
  await rejectsWith(load(surroundings().door, place(root)), 'TAMPERED', 'no union')
})

test('a password from a link that the chain does not name is refused', async (t) => {
  const root = await delivered(t, { manifest: { runtime: { rung: 'cloud', chain: ['aws'] } } })
  await rejectsWith(load(surroundings().door, place(root)), 'UNSAFE', 'weaker link')
})

test('a password file that others can read is refused', async (t) => {
  const root = await delivered(t)
  chmodSync(`${root}/vault-password`, 0o640)
  await rejectsWith(load(surroundings().door, place(root)), 'UNSAFE', 'wide mode')
})

test('refused files are explained', async (t) => {
  const root = await delivered(t)
  const { door } = surroundings()
  const denied: LoadDoor = {
    ...door,
    files: {
      ...files,
      read: async (path) => (path.startsWith('/proc') ? new TextEncoder().encode('0 100000 65536\n') : null),
    },
    provider: async () => ({ name: 'file', read: () => Promise.reject(fail('DENIED', 'permission denied')) }),
    machine: { ...unusedPorts.machine, uid: 0 },
  }
  await assert.rejects(
    load(denied, place(root)),
    (error) => hasCode(error, 'DENIED') && !!error.hint?.includes('uid 100000'),
  )
})

test('a layout made by hand loads and says that nothing binds it together', async (t) => {
  const root = await delivered(t)
  rmSync(`${root}/secrets/manifest.json`)
  const { door } = surroundings()
  const secrets = await load(door, place(root))
  assert.equal(secrets.ready, true)
  assert.equal(secrets.status().verified, false)
  assert.equal(secrets.status().digest, null)
  await rejectsWith(load(door, { ...place(root), verified: true }), 'UNSAFE', 'verified')
  const some = await load(door, { ...place(root), groups: ['session'] })
  assert.deepEqual(some.names, ['SESSION_KEY'])
  assert.equal(some.status().secrets['SESSION_KEY']?.group, 'session')
  rmSync(`${root}/secrets/all-secrets.env`)
  const byGroups = await load(door, place(root))
  assert.deepEqual(byGroups.names.length, 3)
  assert.equal(byGroups.status().secrets['SESSION_KEY']?.group, 'session')
})

test('files that come later: degraded, then ready without a restart', async (t) => {
  const root = temporary(t)
  const { door, events, pauses, tick } = surroundings()
  const secrets = await load(door, { ...place(root), required: ['SESSION_KEY'] })
  assert.equal(secrets.ready, false)
  assert.throws(
    () => secrets.get('SESSION_KEY'),
    (error) => hasCode(error, 'UNAVAILABLE') && !!error.hint,
  )
  const status = secrets.status()
  assert.equal(status.state, 'degraded')
  assert.equal(status.lastError?.code, 'NOT_FOUND')
  assert.notEqual(status.nextRetry, null)
  const ready = secrets.whenReady()
  await tick()
  await tick()
  assert.equal(secrets.ready, false)
  writeScope(root, await scopeFiles(groups))
  await tick()
  await ready
  assert.equal(secrets.get('SESSION_KEY').reveal(), 'canary\nof two lines')
  assert.equal(secrets.status().state, 'ready')
  assert.equal(secrets.status().nextRetry, null)
  assert.equal(secrets.status().lastError?.code, 'NOT_FOUND')
  assert.deepEqual(
    events.map(({ event }) => event),
    ['degraded', 'degraded', 'degraded', 'ready'],
  )
  for (const [index, most] of [1000, 2000, 4000].entries()) {
    const pause = pauses[index] ?? 0
    assert.ok(pause >= most / 2 && pause <= most, `pause ${index}`)
  }
})

test('a required secret that is not delivered degrades, and its arrival cures', async (t) => {
  const root = await delivered(t)
  const { door, events, tick } = surroundings()
  const secrets = await load(door, { ...place(root), required: ['SESSION_KEY', 'NEW_KEY'] })
  assert.equal(secrets.ready, false)
  assert.deepEqual(events[0]?.missing, ['NEW_KEY'])
  assert.equal(secrets.get('SESSION_KEY').reveal(), 'canary\nof two lines')
  writeScope(root, await scopeFiles({ ...groups, extra: { NEW_KEY: 'v' } }, { number: 43 }))
  await tick()
  assert.equal(secrets.ready, true)
  assert.equal(secrets.status().generation?.number, 43)
})

test('without a degraded start, what is missing is thrown', async (t) => {
  const { door } = surroundings()
  await rejectsWith(load(door, { ...place(temporary(t)), degraded: false }), 'NOT_FOUND', 'no files')
  const root = await delivered(t)
  await rejectsWith(load(door, { ...place(root), degraded: false, required: ['NEW_KEY'] }), 'NOT_FOUND', 'no secret')
})

test('what is refused while waiting ends the waiting', async (t) => {
  const root = temporary(t)
  const { door, tick } = surroundings()
  const secrets = await load(door, place(root))
  const ready = secrets.whenReady()
  writeScope(root, await scopeFiles(groups))
  writeFileSync(`${root}/vault-password`, 'another password\n', { mode: 0o600 })
  await Promise.all([tick(), rejectsWith(ready, 'TAMPERED', 'mixed')])
  assert.equal(secrets.status().lastError?.code, 'TAMPERED')
  assert.equal(secrets.status().nextRetry, null)
})

test('close ends the attempts and forgets the values', async (t) => {
  const { door } = surroundings()
  const waiting = await load(door, place(temporary(t)))
  const ready = waiting.whenReady()
  waiting.close()
  await rejectsWith(ready, 'UNAVAILABLE', 'closed')
  const secrets = await load(door, place(await delivered(t)))
  const kept = secrets.get('SESSION_KEY')
  secrets.close()
  assert.match(kept.reveal(), /^\0+$/)
  assert.throws(
    () => secrets.get('SESSION_KEY'),
    (error) => hasCode(error, 'UNAVAILABLE'),
  )
})

test('password and files read on either side of a switch are read again', async (t) => {
  const root = await delivered(t, { number: 41 })
  const { door } = surroundings()
  const next = await scopeFiles(groups, { number: 42 })
  const provider = await door.provider('file')
  const { promise: switched, resolve: isSwitched } = Promise.withResolvers<void>()
  const switching: LoadDoor = {
    ...door,
    files: { ...files, read: async (path, options) => (await switched, files.read(path, options)) },
    provider: async () => ({
      name: 'file',
      read: async (ref, options) => {
        const answer = await provider.read(ref, options)
        writeScope(root, next)
        isSwitched()
        return answer
      },
    }),
  }
  const secrets = await load(switching, place(root))
  assert.equal(secrets.status().generation?.number, 42)
})
