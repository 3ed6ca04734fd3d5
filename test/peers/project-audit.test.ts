/** The operators' side of an audit on a project in a real repository, by real git. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { projectFindings } from '../../src/app/project/audit-project.ts'
import { changeProject } from '../../src/app/project/change-project.ts'
import { Secret } from '../../src/core/secret.ts'
import { projectIn, testPassword } from '../support/project.ts'

const value = 'Zk3-9fQw2LxVb7'

interface Place {
  readonly git: (...args: readonly string[]) => string
  readonly write: (path: string, text: string | Uint8Array) => void
  /** Findings as `ID path`, but for what this machine's own programs are known for. */
  readonly audit: () => Promise<readonly string[]>
  readonly root: string
  readonly set: (text: string) => Promise<void>
}

const place = async (t: TestContext, manifest = 'project: shop\n'): Promise<Place> => {
  const { root, ports, open } = await projectIn(t, {
    manifest,
    secrets: { app: { KEY: value, REGION: 'eu-central-1', SHORT: 'Zq7!' } },
    files: { '.gitignore': '.vault-password\n.lockstep/\nhome/\n' },
  })
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false']
  const git: Place['git'] = (...args) => execFileSync('git', ['-C', root, ...who, ...args], { env, encoding: 'utf8' })
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'start')
  return {
    root,
    git,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text, { mode: 0o600 })
    },
    audit: async () => {
      const found = (await projectFindings(ports, open())).filter(({ id }) => id !== 'TOOL-ADVISORY')
      for (const one of found) assert.doesNotMatch(JSON.stringify(one), /Zk3-9fQw2LxVb7|vKq3-Zr8w/)
      return found.map((one) => `${one.id} ${one.path ?? '-'}`)
    },
    set: async (text) => {
      await changeProject(ports, open(), {
        writes: [{ group: 'app', host: null, name: 'KEY', value: new Secret(text) }],
      })
    },
  }
}

test('a clean project has nothing to tell', async (t) => {
  assert.deepEqual(await (await place(t)).audit(), [])
})

test('plain text is found in the work tree: tracked, forgotten, ignored, encoded; never in the password file itself', async (t) => {
  const { write, git, audit } = await place(t)
  write('.gitignore', '.vault-password\n.lockstep/\nhome/\n.env\nnode_modules/\n')
  write('.env', `KEY=${value}\nREGION=eu-central-1\n`)
  write('node_modules/x/.env', `KEY=${value}\n`)
  write('notes/deploy.txt', `auth: ${Buffer.from(`user:${value}`).toString('base64')}\n`)
  write('harmless.txt', 'eu-central-1 Zq7! and nothing else\n')
  write('backup/pass', `${testPassword}\n`)
  git('add', 'notes', '.gitignore')
  assert.deepEqual((await audit()).toSorted(), [
    'PLAIN-COPY .env',
    'PLAIN-COPY backup/pass',
    'PLAIN-IN-GIT notes/deploy.txt',
  ])
})

test('plain text is found in the history: after it was removed, on another branch, in a stash, in nothing but git’s memory', async (t) => {
  const { write, git, audit, set } = await place(t)
  const commit = (path: string, text: string): void => {
    write(path, text)
    git('add', '-A')
    git('commit', '-qm', path)
  }
  commit('config/old.json', JSON.stringify({ key: value }))
  git('rm', '-q', 'config/old.json')
  git('commit', '-qm', 'away')
  git('checkout', '-qb', 'side')
  commit('side.txt', `${value}2 ${value}\n`)
  git('checkout', '-q', 'main')
  write('lockstep.yaml', `project: shop\n# ${value} in a stash\n`)
  git('stash', '-q')
  commit('lost.txt', `${value} lost\n`)
  git('reset', '-q', '--hard', 'HEAD~1')
  const found = await audit()
  assert.deepEqual(found.toSorted(), [
    'PLAIN-IN-GIT config/old.json',
    'PLAIN-IN-GIT lockstep.yaml',
    'PLAIN-IN-GIT lost.txt',
    'PLAIN-IN-GIT side.txt',
  ])
  git('reflog', 'expire', '--expire=now', '--all')
  assert.ok((await audit()).some((line) => /^PLAIN-IN-GIT object [0-9a-f]{12}$/.test(line)))
  // a new value ends it: the old one may stay where it is
  await set('another-Value-47_x9')
  git('add', '-A')
  git('commit', '-qm', 'new value')
  assert.deepEqual(await audit(), [])
})

test('others who can change the project, a password used twice, an operator nobody knows, what is not committed', async (t) => {
  const { root, write, git, audit, set } = await place(t, 'project: shop\nenvironments: { staging: {} }\n')
  mkdirSync(join(root, 'inventory'))
  chmodSync(join(root, 'inventory'), 0o777)
  write('inventory/production', 'host1\n')
  write('.vault-password.staging', `${testPassword}\n`)
  write('secrets/operators/eve.age', 'x')
  git('add', 'inventory', 'secrets')
  git('commit', '-qm', 'more')
  await set('another-Value-47_x9')
  const found = await audit()
  rmSync(join(root, '.vault-password.staging'))
  assert.deepEqual(found.toSorted(), [
    'NOT-COMMITTED -',
    'OPERATOR-UNKNOWN secrets/operators/eve.age',
    'PASSWORD-WEAK project password',
    'PROJECT-LOOSE inventory',
  ])
})

test('who left knows what was not replaced since', async (t) => {
  const { write, git, audit, set } = await place(t)
  write('secrets/operators/anna.age', 'x')
  git('add', '-A')
  git('commit', '-qm', 'anna')
  git('rm', '-q', 'secrets/operators/anna.age')
  git('commit', '-qm', 'anna left')
  assert.deepEqual(await audit(), ['LEAVER-KNOWS anna'])
  // versions are dated by the clock of the tests, which stands still before anybody left
  await set('another-Value-47_x9')
  git('add', '-A')
  git('commit', '-qm', 'new value')
  assert.deepEqual(await audit(), ['LEAVER-KNOWS anna'])
})

test('without git the files are still searched', async (t) => {
  const { root, write, audit } = await place(t)
  rmSync(join(root, '.git'), { recursive: true })
  write('deep/er/x.conf', value)
  assert.deepEqual(await audit(), ['PLAIN-COPY deep/er/x.conf'])
})
