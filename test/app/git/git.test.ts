import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import { textForGit } from '../../../src/app/git/git-diff.ts'
import { registerGitDrivers } from '../../../src/app/git/git-drivers.ts'
import { attributeLines } from '../../../src/app/project/init-texts.ts'
import { exportSecrets } from '../../../src/app/secrets/export.ts'
import { initProject } from '../../../src/app/project/init.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { Secret } from '../../../src/core/secret.ts'
import { portsIn, projectIn, type TestProject } from '../../support/project.ts'
import { temporary } from '../../support/temporary.ts'

const program = `'${process.execPath}' '${resolve(import.meta.dirname, '../../../src/bin.ts')}'`

interface Repository extends TestProject {
  git(...args: readonly string[]): { readonly status: number; readonly output: string }
  set(values: Readonly<Record<string, string | null>>, group?: string): Promise<void>
  values(): Promise<Record<string, string>>
}

const repositoryIn = async (
  t: TestContext,
  secrets: Readonly<Record<string, Record<string, string>>>,
): Promise<Repository> => {
  const project = await projectIn(t, { secrets, files: { '.gitignore': '.vault-password\n.lockstep/\n' } })
  const { root, ports, open } = project
  writeFileSync(join(root, '.gitattributes'), `${attributeLines.join('\n')}\n`)
  const git: Repository['git'] = (...args) => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', HOME: root }
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
    try {
      return {
        status: 0,
        output: execFileSync('git', ['-C', root, ...who, ...args], { env, encoding: 'utf8', stdio: 'pipe' }),
      }
    } catch (error) {
      assert.ok(error instanceof Error && 'status' in error && 'stdout' in error && 'stderr' in error, String(error))
      return { status: Number(error.status), output: `${String(error.stdout)}${String(error.stderr)}` }
    }
  }
  git('init', '-q', '-b', 'main')
  await registerGitDrivers(ports, root, program)
  git('add', '-A')
  git('commit', '-q', '-m', 'start')
  return {
    ...project,
    git,
    set: async (values, group = 'aws') => {
      const writes = Object.entries(values).map(([name, value]) => ({
        group,
        name,
        value: value === null ? null : new Secret(value),
      }))
      await changeProject(ports, open(), { writes })
      git('add', '-A')
      git('commit', '-q', '-m', Object.keys(values).join())
    },
    values: async () => {
      const { secrets: found } = await exportSecrets(open(), { format: 'json' })
      return Object.fromEntries(Array.from(found, ([name, value]) => [name, value.reveal()]))
    },
  }
}

/** Two branches from here: `theirs` with one change, then main with the other. */
const branches = async (
  repository: Repository,
  ours: () => Promise<void>,
  theirs: () => Promise<void>,
): Promise<void> => {
  repository.git('checkout', '-q', '-b', 'theirs')
  await theirs()
  repository.git('checkout', '-q', 'main')
  await ours()
}

test('two branches that change different secrets merge', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: '1', B: '1', C: '1' }, app: { T: '1' } })
  const { git, set } = repository
  await branches(
    repository,
    async () => {
      await set({ A: 'ours', D: 'new' })
      await set({ X: 'both' }, 'app')
    },
    async () => {
      await set({ B: "it's theirs\n", C: null })
      await set({ X: 'both', Y: 'more' }, 'app')
      await set({ N: 'other file' }, 'fresh')
    },
  )
  const merged = git('merge', '--no-edit', 'theirs')
  assert.equal(merged.status, 0, merged.output)
  assert.deepEqual(await repository.values(), {
    A: 'ours',
    B: "it's theirs\n",
    D: 'new',
    N: 'other file',
    T: '1',
    X: 'both',
    Y: 'more',
  })
})

test('the same secret is a conflict with names and fingerprints only, and our side stays', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: '1', B: '1' } })
  const { git, set } = repository
  await branches(
    repository,
    () => set({ A: 'canary-ours' }),
    () => set({ A: 'canary-theirs', B: 'canary-b' }),
  )
  const merged = git('merge', '--no-edit', 'theirs')
  assert.equal(merged.status, 1)
  assert.match(merged.output, /A: ours [0-9a-f]{12}, theirs [0-9a-f]{12}/)
  assert.match(merged.output, /CONFLICT/)
  assert.doesNotMatch(merged.output, /canary/)
  assert.deepEqual(await repository.values(), { A: 'canary-ours', B: 'canary-b' })
  const version = (await repository.open().metadata()).files.get('aws.env')?.get('A')?.version
  assert.equal(version, 3, 'above both')
  await set({ A: 'chosen' })
  assert.equal(git('status', '--porcelain').output, '')
  assert.deepEqual(await repository.values(), { A: 'chosen', B: 'canary-b' })
})

test('a value that went and came back takes the change of the other branch', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: '1' } })
  const { git, set } = repository
  await branches(
    repository,
    async () => {
      await set({ A: '2' })
      await set({ A: '1' })
    },
    () => set({ A: 'theirs' }),
  )
  const merged = git('merge', '--no-edit', 'theirs')
  assert.equal(merged.status, 0, merged.output)
  assert.deepEqual(await repository.values(), { A: 'theirs' })
})

test('a branch that was rekeyed is a conflict that says so, and nothing is lost', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: '1', B: '1' } })
  const { git, set, ports, root } = repository
  await branches(
    repository,
    async () => {
      await set({ A: 'ours' })
    },
    async () => {
      await set({ B: 'theirs' })
      await rekeyProject(ports, repository.open())
      git('commit', '-qam', 'rekey')
      writeFileSync(join(root, '.vault-password'), `${repository.open().password.reveal()}\n`)
    },
  )
  const merged = git('merge', '--no-edit', 'theirs')
  assert.equal(merged.status, 1)
  assert.match(merged.output, /of their branch[^]*rekeyed/)
  git('merge', '--abort')
  assert.deepEqual(await repository.values(), { A: 'ours', B: '1' })
})

test('git diff shows names and fingerprints, and no value', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: 'canary-1', B: 'canary-b' } })
  const { git, set } = repository
  await set({ A: 'canary-2' })
  const { output } = git('diff', 'HEAD~1', '--', 'secrets/aws.env')
  assert.match(output, /^-A [0-9a-f]{12}$/m)
  assert.match(output, /^\+A [0-9a-f]{12}$/m)
  assert.match(output, /^ B [0-9a-f]{12}$/m)
  assert.doesNotMatch(output, /canary/)
})

test('what cannot be opened is shown as that', async (t) => {
  const { root, ports } = await projectIn(t, { secrets: { aws: { A: '1' } } })
  await ports.files.remove(join(root, '.vault-password'))
  assert.match(await textForGit(ports, 'secrets/aws.env'), /^cannot be opened here; encrypted bytes [0-9a-f]{12}\n$/)
  assert.match(await textForGit(ports, 'lockstep.yaml'), /^cannot be opened here/)
  assert.equal(await textForGit(ports, 'missing'), '')
})

test('drivers are registered once, for the directory the project is in', async (t) => {
  const { root, ports } = await projectIn(t)
  assert.equal(await registerGitDrivers(ports, root), null)
  execFileSync('git', ['-C', root, 'init', '-q'])
  assert.equal((await registerGitDrivers(ports, root))?.length, 3)
  assert.deepEqual(await registerGitDrivers(ports, root), [])
  mkdirSync(join(root, "it's below"))
  assert.deepEqual(await registerGitDrivers(ports, join(root, "it's below")), ['diff.lockstep.textconv'])
  const set = execFileSync('git', ['-C', root, 'config', 'diff.lockstep.textconv'], { encoding: 'utf8' })
  assert.match(set, /lockstep git diff-text --root 'it'\\''s below' "\$1"/)
})

test('git diff works without the program, and a merge is then a conflict', async (t) => {
  const repository = await repositoryIn(t, { aws: { A: '1' } })
  const { git, set, ports, root } = repository
  await registerGitDrivers(ports, root, 'no-such-program')
  await branches(
    repository,
    () => set({ A: 'ours' }),
    () => set({ A: 'theirs' }),
  )
  const { status, output } = git('diff', 'theirs', '--', 'secrets/aws.env')
  assert.equal(status, 0, output)
  assert.match(output, /^\+[0-9a-f]{64}/m)
  assert.equal(git('merge', '--no-edit', 'theirs').status, 1)
})

test('init registers them in a repository, once', async (t) => {
  const root = temporary(t)
  execFileSync('git', ['-C', root, 'init', '-q'])
  assert.ok((await initProject(portsIn(root), { project: 'shop' })).created.includes('.git/config'))
  assert.deepEqual((await initProject(portsIn(root))).created, [])
})
