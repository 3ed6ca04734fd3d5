/** Printing one of 50 secrets, and running a program with all of them: whole processes, from start to end. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender, Figure, Prepared, Subject } from './compare.ts'
import { buildAll, dotenvText, madeUp, makeProject, workplace } from './project.ts'
import { ansibleVault, findProgram, npmRival, runProgram, timeProgram } from './rivals.ts'

/** What one tool does for the two figures. */
interface Tool {
  readonly get: Contender
  readonly run: Contender
}

interface Place {
  readonly directory: string
  readonly secrets: readonly (readonly [string, string])[]
}

const wanted = 'SECRET_25'

const contender = (
  name: string,
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Contender => ({ name, work: () => timeProgram(command, args, { cwd, env }) })

/** With what earlier calls have kept in the person's cache directory, or `without` it: as the first time. */
const ours = (name: string, command: string, { directory }: Place, kept: 'with' | 'without' = 'with'): Tool => {
  const cache = kept === 'with' ? join(directory, 'cache') : '/dev/null/cache'
  const env = { ...process.env, XDG_CACHE_HOME: cache }
  return {
    get: contender(name, command, ['get', wanted], directory, env),
    run: contender(name, command, ['run', '--', 'true'], directory, env),
  }
}

const shAge = ({ directory, secrets }: Place): Tool | null => {
  const [age, keygen] = [findProgram('age'), findProgram('age-keygen')]
  if (age === null || keygen === null) return null
  writeFileSync(join(directory, 'plain.env'), dotenvText(secrets))
  const make = `${keygen} -o key 2>/dev/null && ${age} -r "$(${keygen} -y key)" -o secrets.age plain.env && rm plain.env`
  runProgram('sh', ['-c', make], { cwd: directory })
  const open = `${age} -d -i key secrets.age`
  return {
    get: contender('sh + age', 'sh', ['-c', `${open} | sed -n 's/^${wanted}=//p'`], directory),
    run: contender('sh + age', 'sh', ['-c', `set -a; eval "$(${open})"; exec true`], directory),
  }
}

const sopsAge = ({ directory, secrets }: Place): Tool | null => {
  const [sops, keygen] = [findProgram('sops'), findProgram('age-keygen')]
  if (sops === null || keygen === null) return null
  writeFileSync(join(directory, 'secrets.env'), dotenvText(secrets))
  const make = `${keygen} -o key 2>/dev/null && ${sops} encrypt -i --age "$(${keygen} -y key)" secrets.env`
  runProgram('sh', ['-c', make], { cwd: directory })
  const env = { ...process.env, SOPS_AGE_KEY_FILE: join(directory, 'key') }
  const work = (args: readonly string[]) => () => timeProgram(sops, args, { cwd: directory, env })
  return {
    get: { name: 'sops + age', work: work(['decrypt', '--extract', `["${wanted}"]`, 'secrets.env']) },
    run: { name: 'sops + age', work: work(['exec-env', 'secrets.env', 'true']) },
  }
}

const ansible = ({ directory, secrets }: Place): Tool | null => {
  const program = ansibleVault()
  if (program === null) return null
  writeFileSync(join(directory, 'password'), 'a password for the bench alone\n', { mode: 0o600 })
  writeFileSync(join(directory, 'secrets.env'), dotenvText(secrets))
  runProgram(program, ['encrypt', '--vault-password-file', 'password', 'secrets.env'], { cwd: directory })
  const open = `${program} view --vault-password-file password secrets.env`
  return {
    get: contender('ansible-vault view', 'sh', ['-c', `${open} | sed -n 's/^${wanted}=//p'`], directory),
    run: contender('ansible-vault view', 'sh', ['-c', `set -a; eval "$(${open})"; exec true`], directory),
  }
}

const varlock = (bin: string, { directory, secrets }: Place): Tool => {
  writeSchema(directory, secrets)
  writeFileSync(join(directory, '.env'), dotenvText(secrets))
  return varlockTool('varlock, not encrypted', bin, directory)
}

/** Each value a reference to varlock's own encryption, with the key in a home of its own. */
const varlockEncrypted = (bin: string, { directory, secrets }: Place): Tool => {
  writeSchema(directory, secrets)
  const env = { ...process.env, HOME: directory }
  const made = spawnSync(join(bin, 'varlock'), ['encrypt'], { input: 'a value', env, cwd: directory, encoding: 'utf8' })
  const reference = /varlock\("[^"]*"\)/.exec(made.stdout)?.[0]
  if (reference === undefined) throw new Error(`varlock encrypt: ${made.stderr}`)
  writeFileSync(join(directory, '.env'), dotenvText(secrets.map(([name]) => [name, reference])))
  return varlockTool('varlock, encrypted', bin, directory, env)
}

const writeSchema = (directory: string, secrets: Place['secrets']): void => {
  const heading = '# @defaultRequired=false\n# @defaultSensitive=true\n# ---\n'
  writeFileSync(join(directory, '.env.schema'), heading + secrets.map(([name]) => `${name}=\n`).join(''))
}

const varlockTool = (name: string, bin: string, cwd: string, env?: Readonly<Record<string, string>>): Tool => {
  const options = env === undefined ? { cwd } : { cwd, env }
  const work = (args: readonly string[]) => () => timeProgram(join(bin, 'varlock'), args, options)
  return { get: { name, work: work(['printenv', wanted]) }, run: { name, work: work(['run', '--', 'true']) } }
}

const dotenvx = (bin: string, { directory, secrets }: Place): Tool => {
  writeFileSync(join(directory, '.env'), dotenvText(secrets))
  const program = join(bin, 'dotenvx')
  runProgram(program, ['encrypt'], { cwd: directory })
  return {
    get: contender('dotenvx', program, ['get', wanted], directory),
    run: contender('dotenvx', program, ['run', '--', 'true'], directory),
  }
}

const figures = (
  who: string,
  tool: Tool,
  rivals: readonly Tool[],
  how: { readonly rounds: number; readonly promise: string },
): Figure[] => [
  { ...how, name: `get, 50 secrets, ${who}`, ours: tool.get, rivals: rivals.map((rival) => rival.get) },
  { ...how, name: `run -- true, 50 secrets, ${who}`, ours: tool.run, rivals: rivals.map((rival) => rival.run) },
]

const prepare = async (): Promise<Prepared> => {
  const { launcher, executable } = buildAll()
  const secrets = madeUp(50)
  const { directory, remove } = workplace()
  const place = (name: string): Place => {
    mkdirSync(join(directory, name))
    return { directory: join(directory, name), secrets }
  }
  const project = place('lockstep')
  makeProject(executable, project.directory, secrets)
  const missing: string[] = []
  const have = <T>(rival: T | null, why: string): readonly T[] => {
    if (rival === null) missing.push(why)
    return rival === null ? [] : [rival]
  }
  const light = [
    ...have(sopsAge(place('sops')), 'sops: build it with Go into build/bench/bin'),
    ...have(shAge(place('age')), 'age: apt-get install age'),
  ]
  const npm = have(
    npmRival('varlock@1.20.0', '@dotenvx/dotenvx@2.38.2'),
    'varlock and dotenvx: npm could not install them',
  )
  const heavy = [
    ...npm.flatMap((bin) => [
      varlock(bin, place('varlock')),
      varlockEncrypted(bin, place('varlock-encrypted')),
      dotenvx(bin, place('dotenvx')),
    ]),
    ...have(ansible(place('ansible')), 'ansible-vault: pip could not install it'),
  ]
  return {
    figures: [
      ...figures('executable', ours('executable', executable, project), light, {
        rounds: 31,
        promise: 'ahead of sops',
      }),
      ...figures('executable, first time', ours('executable', executable, project, 'without'), light, {
        rounds: 31,
        promise: '',
      }),
      ...figures('Node', ours('Node build', launcher, project), heavy, { rounds: 9, promise: '4x' }),
    ],
    missing,
    clean: async () => remove(),
  }
}

export const commands: Subject = { name: 'commands', prepare }
