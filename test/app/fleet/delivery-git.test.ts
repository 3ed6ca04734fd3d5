import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { checkCommitted } from '../../../src/app/fleet/delivery-git.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

interface Place {
  readonly git: (...args: readonly string[]) => void
  readonly write: (path: string, text: string) => void
  readonly ask: (environment?: string) => Promise<readonly string[]>
}

/** A project in a directory of a repository, committed. */
const place = (t: TestContext, below = ''): Place => {
  const repository = temporary(t, {
    [`${below}lockstep.yaml`]: 'project: shop\nenvironments: { staging: {} }\n',
    [`${below}secrets/app.env`]: 'one\n',
    [`${below}environments/staging/secrets/app.env`]: 'one\n',
    'secrets-of-others': 'one\n',
  })
  const root = join(repository, below)
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false']
  const git: Place['git'] = (...args) =>
    void (args[0] === 'merge'
      ? spawnSync('git', ['-C', repository, ...who, ...args], { env })
      : execFileSync('git', ['-C', repository, ...who, ...args], { env, stdio: 'pipe' }))
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'start')
  const ports = portsIn(root)
  return {
    git,
    write: (path, text) => {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    },
    ask: async (environment) => checkCommitted(ports, await findProject(ports, { environment })),
  }
}

const note = (what: string): string =>
  `${what} changes that are not committed: git commit and push, or others cannot deploy`

for (const below of ['', 'deploy/shop/']) {
  test(`what is not committed is said, in ${below || 'the root of the repository'}`, async (t) => {
    const { write, ask, git } = place(t, below)
    assert.deepEqual(await ask(), [])
    write('notes.txt', 'of no interest')
    write('environments/staging/secrets/app.env', 'two\n')
    assert.deepEqual(await ask('staging'), [note('environments/staging/secrets/ has')])
    write('lockstep.yaml', 'project: shop\nenvironments: { staging: {} }\n# two\n')
    git('add', '-A')
    assert.deepEqual(await ask(), [note('lockstep.yaml has')])
    write('secrets/new.env', 'untracked\n')
    assert.deepEqual(await ask(), [note('lockstep.yaml and secrets/ have')])
    git('add', '-A')
    git('commit', '-qm', 'all')
    assert.deepEqual(await ask(), [])
  })

  test(`a merge that is not resolved is refused, in ${below || 'the root of the repository'}`, async (t) => {
    const { write, ask, git } = place(t, below)
    git('checkout', '-qb', 'other')
    write('secrets/app.env', 'theirs\n')
    git('commit', '-qam', 'theirs')
    git('checkout', '-q', 'main')
    write('secrets/app.env', 'ours\n')
    git('commit', '-qam', 'ours')
    git('merge', 'other')
    const { message, hint } = await refusal('CONFLICT', ask())
    assert.match(message, /^the merge is not resolved: secrets\/app\.env may hold one side only/)
    assert.match(hint ?? '', /lockstep set NAME; then git add secrets\/app\.env and git commit$/)
    assert.deepEqual(await ask('staging'), [])
    write('secrets/app.env', 'ours\n')
    git('add', '-A')
    git('commit', '-qm', 'merged')
    assert.deepEqual(await ask(), [])
  })
}

test('without a repository, or without git, nothing is said', async (t) => {
  const root = temporary(t, { 'lockstep.yaml': 'project: shop\n' })
  const ports = portsIn(root)
  const project = await findProject(ports)
  assert.deepEqual(await checkCommitted(ports, project), [])
  const exec = { ...ports.exec, find: async () => null, run: () => Promise.reject(new Error('there is no git')) }
  assert.deepEqual(await checkCommitted({ exec }, project), [])
})

test('the command that ends a merge is safe to type, whatever a branch calls its files', async (t) => {
  const { write, ask, git } = place(t)
  const hostile = 'secrets/$(touch hit).env'
  write(hostile, 'base\n')
  git('add', '-A')
  git('commit', '-qm', 'base')
  git('checkout', '-qb', 'other')
  write(hostile, 'theirs\n')
  git('commit', '-qam', 'theirs')
  git('checkout', '-q', 'main')
  write(hostile, 'ours\n')
  git('commit', '-qam', 'ours')
  git('merge', 'other')
  const { hint } = await refusal('CONFLICT', ask())
  assert.match(hint ?? '', /git add 'secrets\/\$\(touch hit\)\.env' and git commit$/)
})
