/** Every command that opens a project leaves entries in its access log, or stands here with the reason why not. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Entry } from '../../../src/core/log/entry.ts'
import { commands } from '../../../src/cli/commands/index.ts'
import { Secret } from '../../../src/core/secret.ts'
import { sealVault } from '../../../src/crypto/ansible-vault.ts'
import { fail } from '../../../src/core/errors.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { call, type Said } from '../../support/call.ts'
import { piped, portsIn, projectIn, testPassword } from '../../support/project.ts'
import { bytesOf } from '../../support/temporary.ts'

const values = { aws: { AWS_KEY: 'value-of-aws', AWS_ID: 'value-of-id' }, app: { APP_KEY: 'value-of-app' } }

interface Case {
  readonly args: readonly string[]
  readonly input?: string
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Action, result and what it was about, of each entry. */
  readonly entries: readonly string[]
  readonly ports?: Partial<Ports>
}

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
const merged = await sealVault(bytesOf('AWS_KEY=a\n'), new Secret(testPassword), portsIn('/'))
const mergeFiles = Object.fromEntries(
  ['base', 'ours', 'theirs'].map((name) => [name, new TextDecoder().decode(merged)]),
)

const noProgram: Ports['launcher'] = {
  place: async () => assert.fail('nothing is placed'),
  become: async () => 0,
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  get: [
    { args: ['get', 'AWS_KEY'], entries: ['read done AWS_KEY'] },
    { args: ['get', 'NOT_THERE'], entries: ['read NOT_FOUND NOT_THERE'] },
  ],
  view: [
    { args: ['view', 'aws'], entries: ['read done AWS_ID AWS_KEY'] },
    { args: ['view', 'nothing'], entries: ['read NOT_FOUND '] },
  ],
  export: [{ args: ['export', 'aws'], entries: ['read done AWS_ID AWS_KEY'] }],
  run: [
    { args: ['run', '--groups', 'app', '--', 'true'], entries: ['read done APP_KEY'], ports: { launcher: noProgram } },
  ],
  'vault-client': [{ args: ['vault-client'], entries: ['read done the password'] }],
  set: [{ args: ['set', 'AWS_KEY'], input: 'new', entries: ['change begun AWS_KEY', 'change done AWS_KEY'] }],
  rm: [{ args: ['rm', 'AWS_KEY'], entries: ['change begun AWS_KEY', 'change done AWS_KEY'] }],
  import: [
    { args: ['import', '-', '-g', 'aws'], input: 'NEW=1\n', entries: ['change begun ', 'change done NEW'] },
    { args: ['import', 'none', '-g', 'aws'], entries: ['change begun ', 'change NOT_FOUND '] },
  ],
  create: [
    { args: ['create', '--from', '-', '-g', 'aws'], input: 'NEW=1\n', entries: ['change begun ', 'change done NEW'] },
  ],
  edit: [
    {
      args: ['edit', 'aws'],
      env: { EDITOR: 'sed -i s/value-of-id/x/' },
      entries: ['change begun ', 'change done AWS_ID'],
    },
  ],
  adopt: [
    {
      args: ['adopt', 'secrets/more.env'],
      files: { 'secrets/more.env': 'MORE=1\n' },
      entries: ['change begun ', 'change done MORE'],
    },
  ],
  rekey: [{ args: ['rekey'], entries: ['change begun the password', 'change done the password'] }],
  operators: [
    { args: ['operators', 'list'], entries: [] },
    {
      args: ['operators', 'add', 'anna', recipient],
      entries: ['change begun the password', 'change done the password'],
    },
    { args: ['operators', 'remove', 'anna'], entries: ['change begun the password', 'change NOT_FOUND the password'] },
  ],
  alerts: [
    { args: ['alerts', 'list'], entries: [] },
    {
      args: ['alerts', 'test'],
      files: { 'lockstep.yaml': 'project: shop\nalerts: [{ slack: AWS_KEY }]\n' },
      entries: ['read done AWS_KEY'],
    },
  ],
  backup: [
    { args: ['backup', '--local'], entries: ['change begun the password', 'change USAGE the password'] },
    { args: ['backup', 'recovery'], entries: ['change begun ', 'change USAGE '] },
    { args: ['backup', 'prune'], entries: ['change begun ', 'change done '] },
    { args: ['backup', 'list'], entries: [] },
    { args: ['backup-verify', '--local'], entries: ['look done '] },
  ],
  git: [
    { args: ['git', 'diff-text', 'secrets/aws.env'], entries: [] },
    {
      args: ['git', 'merge-driver', 'base', 'ours', 'theirs', 'secrets/aws.env'],
      files: mergeFiles,
      entries: ['change begun ', 'change done '],
    },
  ],
}

/** Why these leave none, or are looked at elsewhere. */
const others: Readonly<Record<string, string>> = {
  list: 'opens no value',
  log: 'opens no value',
  metrics: 'opens no project',
  schedule: 'opens no project',
  doctor: 'says of the files whether they open, and nothing that is in them',
  'backup-verify': 'looks, and releases nothing; with backup',
  restore: 'the log of what was restored: test/app/backup/restore.test.ts',
  init: 'begins the project that a log would be of',
  completion: 'opens no project',
  deploy: 'with hosts: test/fleet/log.test.ts',
  rotate: 'with hosts: test/fleet/rotate.test.ts',
  setup: 'with hosts: test/fleet/log.test.ts',
  serve: 'with hosts: test/fleet/playbook.test.ts',
  status: 'with hosts: test/fleet/log.test.ts',
  audit: 'with hosts: test/fleet/audit.test.ts',
  watch: 'a look, as status',
}

const entriesIn = (root: string): readonly Entry[] => {
  const path = join(root, '.lockstep/access.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Entry => JSON.parse(line))
}

const shown = ({ action, result, names }: Entry): string =>
  `${action} ${result} ${names.password === true ? 'the password' : (names.secrets ?? []).toSorted().join(' ')}`

const made = async (
  t: TestContext,
  one: Pick<Case, 'files' | 'input' | 'env' | 'ports'>,
): Promise<{ root: string; ports: Ports }> => {
  const { root } = await projectIn(t, { secrets: values, ...(one.files === undefined ? {} : { files: one.files }) })
  const given = portsIn(root, { ...piped(one.input ?? ''), ...one.ports })
  return {
    root,
    ports: { ...given, machine: { ...given.machine, environment: { ...given.machine.environment, ...one.env } } },
  }
}

test('every command is here', () => {
  assert.deepEqual([...Object.keys(cases), ...Object.keys(others)].toSorted(), Object.keys(commands).toSorted())
})

for (const [name, list] of Object.entries(cases)) {
  test(`${name} is in the log`, async (t) => {
    for (const one of list) {
      const { root, ports } = await made(t, one)
      const said = await call([...one.args.slice(0, 1), '--reason', 'a test', ...one.args.slice(1)], ports)
      const entries = entriesIn(root)
      assert.deepEqual(entries.map(shown), one.entries, `${one.args.join(' ')}: ${said.stderr}`)
      assert.ok(entries.every(({ why, command }) => why === 'a test' && command.startsWith(name)))
      assert.doesNotMatch(JSON.stringify(entries), /value-of/)
      if (entries.length > 0 && name !== 'rekey') {
        assert.match((await call(['log', 'verify'], ports)).stdout, /all as they were written/)
      }
    }
  })
}

/** A disk on which the log cannot be written, on a machine with or without a syslog. */
const unwritable = (ports: Ports, isHome: boolean, syslog: string[] | null = null): Ports => ({
  ...ports,
  exec: {
    ...ports.exec,
    run: async (command, args, options) => {
      if (!['logger', 'systemd-cat'].includes(command)) return ports.exec.run(command, args, options)
      syslog?.push(String(options?.input))
      return { status: syslog === null ? 1 : 0, stdout: new Uint8Array(), stderr: '' }
    },
  },
  files: {
    ...ports.files,
    stat: async (path) =>
      path === '/dev/log' ? (syslog === null ? null : ports.files.stat('/')) : ports.files.stat(path),
    extend: async (path, ...rest) => {
      if (isHome || path.includes('/.lockstep/'))
        throw fail('UNAVAILABLE', 'the file system is read-only', { at: path })
      return ports.files.extend(path, ...rest)
    },
  },
})

test('where the log cannot be written nothing is read, changed or released', async (t) => {
  for (const [name, list] of Object.entries(cases)) {
    const [one] = list
    if (one === undefined || one.entries.length === 0) continue
    const { root, ports } = await made(t, one)
    const before = readFileSync(join(root, 'secrets/metadata.yaml'), 'utf8')
    const said = await call(one.args, unwritable(ports, false))
    assert.equal(said.status, 6, name)
    assert.equal(said.stdout, '', name)
    assert.match(said.stderr, /access log cannot be written.*read-only[\s\S]*--break-glass/, name)
    assert.equal(readFileSync(join(root, 'secrets/metadata.yaml'), 'utf8'), before, name)
  }
})

test('the entry is on the disk before the value is handed over', async (t) => {
  const { root, ports } = await made(t, {})
  const order: string[] = []
  const watched: Ports = {
    ...ports,
    files: {
      ...ports.files,
      extend: async (...args) => {
        await ports.files.extend(...args)
        order.push(entriesIn(root).map(shown).join())
      },
    },
  }
  const { main } = await import('../../../src/cli/main.ts')
  await main(['get', 'AWS_KEY'], watched, {
    out: { isTerminal: false, write: async () => void order.push('handed over') },
    err: { isTerminal: false, write: async () => {} },
    version: async () => '0',
    interruption: () => new AbortController().signal,
  })
  assert.deepEqual(order, ['read done AWS_KEY', 'handed over'])
})

const glass = async (t: TestContext, isHome: boolean): Promise<{ said: Said; root: string; ports: Ports }> => {
  const { root, ports } = await made(t, {})
  const said = await call(['get', '--quiet', '--break-glass', '--reason', 'fire', 'AWS_KEY'], unwritable(ports, isHome))
  return { said, root, ports }
}

test('--break-glass goes on, says so, and the next run that can writes it down', async (t) => {
  const { said, root, ports } = await glass(t, false)
  assert.equal(said.stdout, 'value-of-aws\n')
  assert.match(said.stderr, /warning: --break-glass: going on WITHOUT the access log/)
  assert.deepEqual(entriesIn(root), [])
  assert.equal((await call(['get', 'APP_KEY'], ports)).status, 0)
  const entries = entriesIn(root)
  assert.deepEqual(entries.map(shown), ['read done AWS_KEY', 'read done APP_KEY'])
  assert.deepEqual(
    entries.map(({ mark, why }) => [mark?.kind, why]),
    [
      ['glass', 'fire'],
      [undefined, undefined],
    ],
  )
  assert.match((await call(['log', 'show'], ports)).stdout, /BREAK-GLASS/)
  await call(['get', 'APP_KEY'], ports)
  assert.equal(entriesIn(root).length, 3, 'brought in once')
})

test('where no mark can be left either it is refused', async (t) => {
  const { said } = await glass(t, true)
  assert.equal(said.status, 6)
  assert.equal(said.stdout, '')
  assert.match(said.stderr, /not even --break-glass/)
})

test('a mark in syslog is one', async (t) => {
  const { root, ports } = await made(t, {})
  const syslog: string[] = []
  const said = await call(['get', '--break-glass', '--reason', 'fire', 'AWS_KEY'], unwritable(ports, true, syslog))
  assert.equal(said.stdout, 'value-of-aws\n')
  assert.match(said.stderr, /a mark is in syslog\n/)
  assert.equal(syslog.length, 1, 'said once')
  assert.ok(syslog[0]?.includes(`--break-glass: get in ${root} without the access log`))
  assert.doesNotMatch(syslog[0] ?? '', /value-of/)
})

test('who has a wrong password is written down by the next who has the right one', async (t) => {
  const { root, ports } = await made(t, {})
  writeFileSync(join(root, '.vault-password'), 'a-wrong-one-that-is-long-enough-4471\n')
  assert.equal((await call(['get', 'AWS_KEY'], ports)).status, 7)
  assert.equal((await call(['set', 'AWS_KEY'], ports)).status, 7)
  assert.deepEqual(entriesIn(root), [])
  writeFileSync(join(root, '.vault-password'), `${testPassword}\n`)
  assert.equal((await call(['get', 'AWS_KEY'], ports)).status, 0)
  assert.deepEqual(entriesIn(root).map(shown), [
    'read TAMPERED AWS_KEY',
    'change TAMPERED AWS_KEY',
    'read done AWS_KEY',
  ])
})

test('nothing in lockstep.yaml or the environment of a clone turns the log off or elsewhere', async (t) => {
  const { root, ports } = await made(t, {})
  writeFileSync(join(root, 'lockstep.yaml'), 'project: shop\nlog: off\n')
  assert.equal((await call(['get', 'AWS_KEY'], ports)).status, 3)
})

test('a change whose end cannot be written is done all the same; its end is written down later', async (t) => {
  const { root, ports } = await made(t, { input: 'new' })
  let isFull = false
  const filling: Ports = {
    ...ports,
    files: {
      ...ports.files,
      transact: async (...args) => {
        await ports.files.transact(...args)
        isFull = true
      },
      extend: async (path, ...rest) => {
        if (isFull && path.startsWith(`${root}/.lockstep/`)) throw fail('UNAVAILABLE', 'no space left', { at: path })
        return ports.files.extend(path, ...rest)
      },
    },
  }
  const said = await call(['set', 'AWS_KEY'], filling)
  assert.equal(said.status, 0)
  assert.match(said.stderr, /warning: the access log does not have this: no space left; a later run brings it in/)
  assert.deepEqual(entriesIn(root).map(shown), ['change begun AWS_KEY'])
  assert.equal((await call(['get', 'AWS_KEY'], ports)).stdout, 'new\n')
  const entries = entriesIn(root)
  assert.deepEqual(entries.map(shown), ['change begun AWS_KEY', 'change done AWS_KEY', 'read done AWS_KEY'])
  assert.equal(entries[1]?.mark?.kind, 'late')
})
