import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { changeProject } from '../../../src/app/project/change-project.ts'
import type { OpenProject } from '../../../src/app/project/open-project.ts'
import {
  checkCommittable,
  checkUnattended,
  commitRotated,
  uncommitted,
} from '../../../src/app/rotate/commit-rotated.ts'
import type { WrittenSecret } from '../../../src/core/rotate/rotated-since.ts'
import type { Committed } from '../../../src/core/rotate/rotation-report.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { Secret } from '../../../src/core/secret.ts'
import { portsIn, projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }

const gitIn =
  (directory: string) =>
  (...args: readonly string[]): string =>
    execFileSync('git', ['-C', directory, ...args], { env, encoding: 'utf8', stdio: 'pipe' })

interface Clone {
  readonly root: string
  readonly origin: string
  readonly ports: Ports
  readonly open: () => OpenProject
  readonly git: (...args: readonly string[]) => string
  /** Writes as a rotation does. */
  readonly rotate: (name: string, value: string, rotated?: string | null) => Promise<WrittenSecret>
  readonly set: (name: string, value: string) => Promise<unknown>
  readonly commit: (written?: readonly WrittenSecret[]) => Promise<Committed | null>
}

/** A project that is committed and pushed. */
const clone = async (t: TestContext, wanted = '{ commit: true, push: true }'): Promise<Clone> => {
  const { exec } = portsIn('/')
  const own: Ports['exec'] = { ...exec, run: (command, args, more) => exec.run(command, args, { ...more, env }) }
  const { root, ports, open } = await projectIn(t, {
    manifest: `project: shop\ngit: ${wanted}\n`,
    secrets: { db: { A: 'old-a', B: 'old-b' }, other: { C: 'old-c' } },
    files: { '.gitignore': '.vault-password\n.lockstep/\n', 'notes.txt': 'one' },
    ports: { exec: own },
  })
  const origin = temporary(t, {})
  gitIn(origin)('init', '-q', '--bare', '-b', 'main')
  const git = gitIn(root)
  git('init', '-q', '-b', 'main')
  git('config', 'user.name', 'control')
  git('config', 'user.email', 'control@example.org')
  git('remote', 'add', 'origin', origin)
  git('add', '-A')
  git('commit', '-qm', 'start')
  git('push', '-qu', 'origin', 'main')
  return {
    root,
    origin,
    ports,
    open,
    git,
    rotate: async (name, value, rotated) => {
      const version = 1 + (Number((await open().metadata()).files.get('db.env')?.get(name)?.version) || 0)
      const at = '2026-03-01T02:00:00Z'
      const record = { version, set: at, rotated: rotated === undefined ? at : rotated }
      await changeProject(ports, open(), { writes: [{ group: 'db', name, value: new Secret(value), record }] })
      return { path: 'db.env', name, version }
    },
    set: (name, value) =>
      changeProject(ports, open(), { writes: [{ group: 'other', name, value: new Secret(value) }] }),
    commit: (written = []) => commitRotated(ports, open(), { written, plan: '12345678', reason: 'job of cron' }),
  }
}

const pushed = ({ origin }: Clone): string => gitIn(origin)('log', '-1', '--format=%B', 'main').trim()

test('what was rotated is committed and pushed, and nothing of others', async (t) => {
  const one = await clone(t)
  await checkCommittable(one.ports, one.open())
  writeFileSync(join(one.root, 'notes.txt'), 'two')
  writeFileSync(join(one.root, 'staged.txt'), 'of a person')
  one.git('add', 'staged.txt')
  const written = await one.rotate('A', 'new-a')
  const done = await one.commit([written])
  assert.deepEqual({ ...done, commit: '' }, { commit: '', isPushed: true, problem: null })
  assert.equal(one.git('rev-parse', '--short', 'HEAD').trim(), done?.commit)
  assert.equal(one.git('show', '--format=', '--name-only').trim(), 'secrets/db.env\nsecrets/metadata.yaml')
  assert.equal(one.git('status', '--porcelain'), ' M notes.txt\nA  staged.txt\n')
  assert.equal(pushed(one), 'lockstep: rotated A\n\nrotation 12345678\njob of cron')
  assert.equal(await one.commit(), null)
})

test('a value that a killed run has left is known as a rotation’s, and one that came back as this run’s', async (t) => {
  const one = await clone(t, '{ commit: true }')
  await one.rotate('A', 'new-a')
  await checkCommittable(one.ports, one.open())
  const back = await one.rotate('B', 'newer-b', null)
  await refusal('CONFLICT', checkCommittable(one.ports, one.open()))
  const done = await one.commit([back])
  assert.deepEqual([done?.isPushed, done?.problem], [false, null])
  assert.match(one.git('log', '-1', '--format=%s'), /rotated A, B$/m)
})

test('changes of others in these files are not committed, and hold up a run before it begins', async (t) => {
  const one = await clone(t)
  await one.set('C', 'set by a person')
  const { message, hint } = await refusal('CONFLICT', checkCommittable(one.ports, one.open()))
  assert.match(message, /^secrets\/ has changes of others \(C\)/)
  assert.match(hint ?? '', /git add secrets && git commit$/)
  const done = await one.commit([await one.rotate('A', 'new-a')])
  assert.equal(done?.problem?.code, 'CONFLICT')
  assert.equal(one.git('log', '-1', '--format=%s').trim(), 'start')
  one.git('commit', '-qam', 'mine')
  await checkCommittable(one.ports, one.open())
})

test('a branch that has moved on is noticed before; afterwards the commit stands and the next run pushes it', async (t) => {
  const one = await clone(t)
  const other = temporary(t, {})
  gitIn(other)('clone', '-q', one.origin, '.')
  const theirs = gitIn(other)
  writeFileSync(join(other, 'notes.txt'), 'theirs')
  theirs('-c', 'user.name=o', '-c', 'user.email=o@example.org', 'commit', '-qam', 'theirs')
  theirs('push', '-q')
  const { hint } = await refusal('CONFLICT', checkCommittable(one.ports, one.open()))
  assert.equal(hint, 'git pull --no-rebase')
  const done = await one.commit([await one.rotate('A', 'new-a')])
  assert.equal(done?.isPushed, false)
  assert.match(done?.commit ?? '', /^[0-9a-f]+$/)
  assert.match(done?.problem?.hint ?? '', /git pull --no-rebase && git push$/)
  one.git('pull', '-q', '--no-rebase')
  assert.deepEqual(await one.commit(), { commit: null, isPushed: true, problem: null })
  assert.equal(await one.commit(), null)
})

test('nobody there to push to: the run goes, and says so', async (t) => {
  const one = await clone(t)
  one.git('remote', 'set-url', 'origin', join(one.root, 'nowhere'))
  await checkCommittable(one.ports, one.open())
  const done = await one.commit([await one.rotate('A', 'new-a')])
  assert.equal(done?.problem?.code, 'UNAVAILABLE')
  assert.doesNotMatch(JSON.stringify(done), /nowhere|new-a/)
})

test('a hook that refuses is not gone around', async (t) => {
  const one = await clone(t)
  const hook = join(one.root, '.git/hooks/pre-commit')
  writeFileSync(hook, '#!/bin/sh\nexit 1\n')
  chmodSync(hook, 0o755)
  const done = await one.commit([await one.rotate('A', 'new-a')])
  assert.deepEqual([done?.commit, done?.isPushed, done?.problem?.code], [null, false, 'UNAVAILABLE'])
  assert.match(done?.problem?.hint ?? '', /^git add secrets\/metadata\.yaml secrets\/db\.env && git commit/)
})

const unready: readonly (readonly [string, (one: Clone) => void, RegExp])[] = [
  ['no branch', ({ git }) => git('checkout', '-q', '--detach'), /on no branch/],
  [
    'nobody',
    ({ git }) => (git('config', '--unset', 'user.name'), git('config', 'user.useConfigOnly', 'true')),
    /whose/,
  ],
  ['nowhere to push', ({ git }) => git('branch', '--unset-upstream'), /is pushed nowhere yet/],
]
for (const [name, spoil, words] of unready) {
  test(`a clone that cannot commit is refused beforehand: ${name}`, async (t) => {
    const one = await clone(t)
    spoil(one)
    const { message, hint } = await refusal('CONFIG', checkCommittable(one.ports, one.open()))
    assert.match(message, words)
    assert.match(hint ?? '', /^git /)
  })
}

test('without a repository nothing can be committed; where nobody asked for it nothing is', async (t) => {
  const { ports, open } = await projectIn(t, { manifest: 'project: shop\ngit: { commit: true }\n' })
  await refusal('CONFIG', checkCommittable(ports, open()))
  const silent = await projectIn(t)
  await checkCommittable(silent.ports, silent.open())
  assert.equal(await commitRotated(silent.ports, silent.open(), { written: [], plan: '', reason: null }), null)
})

test('an unattended run needs somebody who commits, an only writer, or no repository', async (t) => {
  const one = await clone(t, '{}')
  const { hint } = await refusal('CONFIG', checkUnattended(one.ports, one.open()))
  assert.match(hint ?? '', /git: \{ commit: true, push: true \}.*only_writer: /)
  await checkUnattended(one.ports, {
    project: { ...one.open().project, manifest: { ...one.open().project.manifest, onlyWriter: 'control1' } },
  })
  const committing = await clone(t)
  await checkUnattended(committing.ports, committing.open())
  const alone = await projectIn(t)
  await checkUnattended(alone.ports, alone.open())
})

test('where nobody else commits it, the person who rotated is told to', async (t) => {
  const one = await clone(t, '{}')
  assert.deepEqual(await uncommitted(one.ports, one.open(), []), [])
  const written = [await one.rotate('A', 'new-a')]
  assert.deepEqual(await uncommitted(one.ports, one.open(), written), [
    'secrets/ has changes that are not committed: git commit and push, or others cannot deploy',
  ])
  one.git('commit', '-qam', 'rotated')
  assert.deepEqual(await uncommitted(one.ports, one.open(), written), [])
  const committing = await clone(t)
  assert.deepEqual(await uncommitted(committing.ports, committing.open(), [await committing.rotate('A', 'new-a')]), [])
})
