/** Known values through every command, on good and bad days, at every verbosity: they show up nowhere but where the
 *  command is meant to put them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { commands } from '../../src/cli/commands/index.ts'
import { Secret } from '../../src/core/secret.ts'
import { sealVault } from '../../src/crypto/ansible-vault.ts'
import { wire } from '../../src/wire.ts'
import { builtProgram } from '../support/built.ts'
import { newCanary, type Sighting, sightingsBelow, sightingsIn } from '../support/canary.ts'
import { backupProject, recoveryKey } from '../support/backups.ts'
import { type projectIn, testPassword } from '../support/project.ts'
import { bytesOf } from '../support/temporary.ts'
import { type CanaryName, type Canaries, casesOf, exempt, type LeakCase, names } from './cases.ts'
import { type Disk, outwardCalls, tellingCalls, watch, type Watched } from './watch.ts'

const top = mkdtempSync(join(tmpdir(), 'lockstep-leak-'))
after(() => rmSync(top, { recursive: true }))

// A copy: what is in dist/ may be built anew meanwhile.
cpSync(dirname(builtProgram()), join(top, 'program'), { recursive: true })
writeFileSync(join(top, 'program/package.json'), '{"type":"module"}')
const program = [process.execPath, join(top, 'program/bin.cjs')]

const canaries: Canaries = {
  recovery: recoveryKey,
  aws: newCanary(),
  other: newCanary(),
  session: newCanary(),
  fresh: newCanary(),
  wrong: newCanary(),
  password: testPassword,
}

const seal = async (text: string): Promise<string> =>
  new TextDecoder().decode(await sealVault(bytesOf(text), new Secret(testPassword), { random: wire().random }))

const sealed = {
  ours: await seal(`AWS_KEY=${canaries.aws}\nAWS_OTHER=${canaries.other}\n`),
  theirs: await seal(`AWS_KEY=${canaries.fresh}\nAWS_OTHER=${canaries.other}\n`),
  other: await seal(`AWS_KEY=x\n`),
}
const recoveryFile = join(top, 'recovery')
const recipient = await identityToRecipient(await generateIdentity())
const cases = casesOf(canaries, sealed, { recipient, recoveryFile })

interface Fault {
  readonly name: string
  readonly disk: Disk
  readonly spoil?: (project: string) => void
}

const flip = (path: string): void => {
  if (!existsSync(path)) return
  const bytes = readFileSync(path)
  const at = bytes.length - 3
  bytes[at] = (bytes[at] ?? 0) === 0x31 ? 0x32 : 0x31
  writeFileSync(path, bytes)
}

const faults: readonly Fault[] = [
  { name: 'nothing wrong', disk: 'good' },
  { name: 'a wrong password', disk: 'good', spoil: (at) => writeFileSync(join(at, '.vault-password'), canaries.wrong) },
  { name: 'a corrupt file', disk: 'good', spoil: (at) => flip(join(at, 'secrets/aws.env')) },
  { name: 'corrupt metadata', disk: 'good', spoil: (at) => flip(join(at, 'secrets/metadata.yaml')) },
  {
    name: 'a file in plain text',
    disk: 'good',
    spoil: (at) => writeFileSync(join(at, 'secrets/aws.env'), `AWS_KEY=${canaries.aws}\n"${canaries.other}\n`),
  },
  { name: 'a full disk', disk: 'full' },
  { name: 'a read-only disk', disk: 'read-only' },
]

const debugging = { NODE_DEBUG: '*', DEBUG: '*', LOCKSTEP_DEBUG: '1' }
const manners = [
  { name: 'plain', flags: [], env: debugging },
  { name: '--json', flags: ['--json'], env: debugging },
  { name: '--quiet', flags: ['--quiet'], env: {} },
] as const

const base = join(top, 'base')

/** A project in a git repository whose history once held a file in plain text. */
const makeBase = async (t: Parameters<typeof projectIn>[0]): Promise<void> => {
  const { root, backup, recovery } = await backupProject(t, {
    secrets: {
      aws: { AWS_KEY: canaries.aws, AWS_OTHER: canaries.other },
      session: { SESSION_KEY: canaries.session },
    },
    files: { '.gitignore': '.vault-password\n.lockstep/\n', '.env': `AWS_KEY=${canaries.fresh}\n` },
  })
  const { listed } = await backup()
  cpSync(join(root, 'backups', listed.name), join(root, 'kept.backup'))
  writeFileSync(recoveryFile, recovery.bytes(), { mode: 0o600 })
  const script = `git init -q . && git config user.name me && git config user.email me@here && git add -A &&
    git commit -q -m all && git rm -q .env && git commit -q -m gone && rm -f .env`
  assert.equal(spawnSync('sh', ['-c', script], { cwd: root }).status, 0)
  cpSync(root, base, { recursive: true })
}

const values = (wanted: readonly CanaryName[]): readonly string[] => wanted.map((name) => canaries[name])

/** What must not be told on standard output: everything, but for a command that exists to print some of it. */
const unprintable = (leakCase: LeakCase): readonly string[] =>
  values(names.filter((name) => !(leakCase.prints ?? []).includes(name)))

const filesThatMay = (project: string, leakCase: LeakCase, fault: Fault): ReadonlySet<string> => {
  const plain = ['.vault-password', ...(leakCase.plain ?? [])]
  if (fault.name === 'a file in plain text') plain.push('secrets/aws.env')
  return new Set(plain.map((name) => join(project, name)))
}

/** A password that this run made. */
const newPassword = (project: string): readonly string[] => {
  const path = join(project, '.vault-password')
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  return text === '' || values(names).includes(text) ? [] : [text]
}

const sightingsOf = (place: string, watched: Watched, leakCase: LeakCase, fault: Fault): readonly unknown[] => {
  const project = join(place, fault.disk === 'good' ? 'project' : 'result')
  const made = newPassword(project)
  const all = [...values(names), ...made]
  const may = filesThatMay(project, leakCase, fault)
  const passwordFile = /<[^>]*\/\.{1,2}vault-password[^>]*>/
  const onDisk: readonly Sighting[] = sightingsBelow([project, join(place, 'home')], all)
  return [
    ...sightingsIn('stdout', Buffer.from(watched.stdout, 'latin1'), [...unprintable(leakCase), ...made]),
    ...sightingsIn('stderr', Buffer.from(watched.stderr, 'latin1'), all),
    ...onDisk.filter(({ where }) => !may.has(where)),
    ...tellingCalls(watched.calls, all)
      .filter((line) => !(leakCase.hands?.test(line) ?? false))
      .filter((line) => !passwordFile.test(line) && !isGiven(line, leakCase))
      .map((line) => line.slice(0, 300)),
    ...outwardCalls(watched.calls),
  ]
}

/** What stands in the arguments or the environment because the test put it there. */
const isGiven = (line: string, { args, env }: LeakCase): boolean =>
  /^\d+ +execve\("/.test(line) &&
  [...args, ...Object.values(env ?? {})].some((word) => values(names).some((value) => word.includes(value)))

let count = 0

const runCase = async (leakCase: LeakCase, fault: Fault, manner: (typeof manners)[number]): Promise<void> => {
  const place = join(top, `run${count++}`)
  const project = join(place, 'source')
  cpSync(base, project, { recursive: true })
  for (const [path, content] of Object.entries(leakCase.files ?? {})) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content, { mode: 0o600 })
  }
  fault.spoil?.(project)
  const at = leakCase.args.indexOf('--')
  const args = at < 0 ? [...leakCase.args, ...manner.flags] : leakCase.args.toSpliced(at, 0, ...manner.flags)
  const env = { ...manner.env, ...leakCase.env }
  const watched = await watch({ project, place, program, args, input: leakCase.input ?? '', env, disk: fault.disk })
  const said = `${args.slice(0, 2).join(' ')} with ${fault.name}, ${manner.name}`
  assert.ok(watched.status !== null && watched.status < 128, `${said}: ended by a signal`)
  assert.ok(!/this should not happen|INTERNAL/.test(watched.stderr), `${said}: an error of ours`)
  if (leakCase.fails === true) assert.notEqual(watched.status, 0, `${said}: succeeded`)
  assert.deepEqual(sightingsOf(place, watched, leakCase, fault), [], said)
  rmSync(place, { recursive: true })
}

test('every command has a case here, or a reason why not', () => {
  assert.deepEqual([...Object.keys(cases), ...Object.keys(exempt)].toSorted(), Object.keys(commands).toSorted())
})

test('the watch sees what it is for', async (t) => {
  await makeBase(t)
  const script = `printf %s "$1" | base64 > "$TMPDIR/x"; cat "$TMPDIR/x" >&2; printf %s "$1"`
  const sh = ['sh', '-c', script, 'sh', canaries.aws]
  const place = join(top, 'self')
  const watched = await watch({ project: base, place, program: sh, args: [], input: '', env: {}, disk: 'good' })
  assert.equal(watched.status, 0)
  const seen = JSON.stringify(sightingsOf(place, watched, { args: [] }, { name: '', disk: 'good' }))
  for (const sign of ['"stdout"', '"stderr"', '/home/x"', 'execve']) assert.ok(seen.includes(sign), sign)
})

for (const [number, [name, list]] of Object.entries(cases).entries()) {
  test(`${name} tells nothing it should not`, async () => {
    // Every fault with the first case of a command; the others are about what they are given. Where something is wrong,
    // --quiet says what the other two say, or less; and one writer prints the errors of all commands as text, another as
    // JSON, so that each command has half of its faults printed by either.
    const isPrinted = (fault: number, manner: (typeof manners)[number], index: number): boolean => {
      if (fault > 0) return manner === manners[(number + fault) % 2]
      return manner.name !== '--quiet' || index === 0
    }
    const all = list.flatMap((leakCase, index) =>
      faults
        .slice(0, index === 0 ? faults.length : 1)
        .flatMap((fault, order) =>
          manners
            .filter((manner) => isPrinted(order, manner, index))
            .map((manner) => () => runCase(leakCase, fault, manner)),
        ),
    )
    const queue = all.values()
    const lane = async (): Promise<void> => {
      for (const work of queue) await work()
    }
    await Promise.all([lane(), lane(), lane()])
  })
}
