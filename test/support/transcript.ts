/** Transcripts of the real program, in the manner of age's testscripts. A script is a list of commands with its files
 *  at the bottom (see txtar.ts, script-words.ts); each runs in a directory of its own with a small environment.
 *
 *    lockstep ARGS…        must succeed; `! lockstep …` must fail; `exit N` then says how
 *    exec CMD ARGS…        any other program, likewise
 *    stdout RE, stderr RE  the last command printed it; `!` in front: it did not; `stdout .` anything
 *    cmp stdout FILE       printed exactly that; also `cmp A B` for two files
 *    json PATH [VALUE]     PATH (a.b.0) in the JSON it printed: there, and equal to VALUE; errors are on stderr
 *    stdin FILE            for the next command
 *    exists FILE…, mode 0600 FILE, cd, mkdir, cp, mv, rm, chmod, env NAME=VALUE (or `env NAME` to remove), write FILE TEXT
 *
 *  Every command runs under the canary: text that starts with `canary-` never appears on stderr, and on stdout only
 *  from the commands that exist to print values. What --json prints is held against the command's schema. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { checkJsonOutput } from './json-output.ts'
import { scriptWords } from './script-words.ts'
import { parseTxtar } from './txtar.ts'

interface Output {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

interface State {
  /** What `lockstep` means: the program and its first arguments. */
  readonly program: readonly string[]
  readonly variables: Map<string, string>
  directory: string
  input: string | null
  last: Output | null
}

/** Commands whose product may be a value. */
const revealing = new Set(['get', 'view', 'edit', 'export', 'run'])

export const runTranscript = async (file: string, program: readonly string[]): Promise<void> => {
  const { script, files } = parseTxtar(await readFile(file, 'utf8'))
  const root = await mkdtemp(join(tmpdir(), 'lockstep-transcript-'))
  try {
    const state = await prepare(root, program)
    for (const { name, text } of files) {
      await mkdir(dirname(join(state.directory, name)), { recursive: true })
      await writeFile(join(state.directory, name), text)
    }
    for (const [i, line] of script.split('\n').entries()) {
      await runLine(state, line).catch((error: unknown) => {
        throw told(error, `${basename(file)}:${i + 1}: ${line}`, state.last)
      })
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const prepare = async (root: string, program: readonly string[]): Promise<State> => {
  const [directory, home, temporary] = [join(root, 'clone'), join(root, 'home'), join(root, 'tmp')]
  for (const made of [directory, home, temporary]) await mkdir(made)
  const variables = new Map([
    ['PATH', `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`],
    ['HOME', home],
    ['TMPDIR', temporary],
    ['LANG', 'C.UTF-8'],
    ['WORK', directory],
    ['LOCKSTEP', program.join(' ')],
  ])
  return { program, variables, directory, input: null, last: null }
}

const told = (error: unknown, where: string, last: Output | null): Error => {
  const said = last === null ? '' : `\n[status ${last.status}]\n[stdout]\n${last.stdout}\n[stderr]\n${last.stderr}`
  return new Error(`${where}\n${error instanceof Error ? error.message : 'failed'}${said}`, { cause: error })
}

const runLine = async (state: State, line: string): Promise<void> => {
  const words = scriptWords(line, state.variables)
  const negated = words[0] === '!'
  const [name, ...args] = negated ? words.slice(1) : words
  if (name === undefined) return
  const command = commands[name] ?? assert.fail(`no command ${name}`)
  await command({ state, args, negated })
}

interface Step {
  readonly state: State
  readonly args: readonly string[]
  readonly negated: boolean
}

const at = (state: State, path: string | undefined): string => resolve(state.directory, path ?? assert.fail('a path'))

const lastOf = (state: State): Output => state.last ?? assert.fail('nothing has run yet')

const execute = async ({ state, args, negated }: Step): Promise<void> => {
  const [command, ...rest] = args
  state.last = await spawned(state, command ?? assert.fail('a program'), rest)
  state.input = null
  if (negated) assert.notEqual(state.last.status, 0, 'should have failed')
  else assert.equal(state.last.status, 0, 'should have succeeded')
}

const lockstep = async (step: Step): Promise<void> => {
  await execute({ ...step, args: [...step.state.program, ...step.args] })
  const { stdout, stderr } = lastOf(step.state)
  assert.doesNotMatch(stderr, /canary-/, 'the canary is on stderr')
  const own = step.args.includes('--') ? step.args.slice(0, step.args.indexOf('--')) : step.args
  if (own.includes('--json') && stdout !== '') await checkJsonOutput(own, stdout)
  if (!step.args.some((word) => revealing.has(word))) assert.doesNotMatch(stdout, /canary-/, 'the canary is on stdout')
}

const matches =
  (stream: 'stdout' | 'stderr') =>
  async ({ state, args, negated }: Step): Promise<void> => {
    const pattern = new RegExp(args[0] ?? '', 'm')
    assert.equal(args.length, 1, 'one pattern, quoted')
    if (negated) assert.doesNotMatch(lastOf(state)[stream], pattern)
    else assert.match(lastOf(state)[stream], pattern)
  }

const content = async (state: State, name: string | undefined): Promise<string> =>
  name === 'stdout' || name === 'stderr' ? lastOf(state)[name] : readFile(at(state, name), 'utf8')

const json = async ({ state, args, negated }: Step): Promise<void> => {
  const { stdout, stderr } = lastOf(state)
  let value: unknown = JSON.parse(stdout === '' ? stderr : stdout)
  for (const key of (args[0] ?? '').split('.')) {
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([k]) => k === key)?.[1] : undefined
  }
  const wanted = args[1]
  const isThere = value !== undefined && (wanted === undefined || wanted === plainText(value))
  assert.equal(isThere, !negated, `${args[0]} is ${JSON.stringify(value)}`)
}

const plainText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const setVariable = async ({ state, args }: Step): Promise<void> => {
  for (const pair of args) {
    const [name = '', ...value] = pair.split('=')
    if (pair.includes('=')) state.variables.set(name, value.join('='))
    else state.variables.delete(name)
  }
}

const exists = async ({ state, args, negated }: Step): Promise<void> => {
  for (const path of args) assert.equal(existsSync(at(state, path)), !negated, path)
}

const mode = async ({ state, args: [wanted, path] }: Step): Promise<void> => {
  const facts = await stat(at(state, path))
  assert.equal(`0${(facts.mode & 0o7777).toString(8)}`, wanted, path)
}

const commands: Readonly<Record<string, (step: Step) => Promise<void>>> = {
  lockstep,
  exec: execute,
  stdout: matches('stdout'),
  stderr: matches('stderr'),
  json,
  exists,
  mode,
  env: setVariable,
  exit: async ({ state, args }) => assert.equal(lastOf(state).status, Number(args[0])),
  cmp: async ({ state, args }) => assert.equal(await content(state, args[0]), await content(state, args[1])),
  stdin: async ({ state, args }) => void (state.input = at(state, args[0])),
  cd: async ({ state, args }) => void (state.directory = at(state, args[0])),
  mkdir: async ({ state, args }) => void (await mkdir(at(state, args[0]), { recursive: true })),
  cp: async ({ state, args }) => cp(at(state, args[0]), at(state, args[1]), { recursive: true }),
  mv: async ({ state, args }) => rename(at(state, args[0]), at(state, args[1])),
  rm: async ({ state, args }) => rm(at(state, args[0]), { recursive: true }),
  chmod: async ({ state, args }) => chmod(at(state, args[1]), Number.parseInt(args[0] ?? '', 8)),
  write: async ({ state, args }) => writeFile(at(state, args[0]), `${args[1] ?? ''}\n`),
}

const spawned = (state: State, command: string, args: readonly string[]): Promise<Output> =>
  new Promise((done, refuse) => {
    const child = spawn(command, args, {
      cwd: state.directory,
      env: Object.fromEntries(state.variables),
      stdio: [state.input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: 60_000,
    })
    if (state.input !== null && child.stdin !== null) createReadStream(state.input).pipe(child.stdin)
    child.stdin?.on('error', () => {})
    const parts = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (parts.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (parts.stderr += text))
    child.on('error', refuse)
    child.on('close', (status, signal) => done({ ...parts, status: status ?? (signal === null ? -1 : 128) }))
  })
