/** What the README says of a host that is broken into, tried: every password found there on every sealed file there is. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { hasCode } from '../../src/core/errors.ts'
import { parseDotenv } from '../../src/core/formats/dotenv.ts'
import { Secret } from '../../src/core/secret.ts'
import { isVault, openVault } from '../../src/crypto/ansible-vault.ts'
import { temporary } from '../support/temporary.ts'

const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

const manifest = `project: shop
groups: { aws: {}, session: {}, mail: {}, unused: {} }
containers:
  api: { hosts: web, groups: [aws, session], image: shop/api:1 }
  worker: { hosts: jobs, groups: [mail], image: shop/worker:1 }
`

const secrets = { AWS_KEY: 'aws', SESSION_KEY: 'session', MAIL_PASSWORD: 'mail', SPARE: 'unused' }

test('the passwords of a lost host, or container, open its own groups and nothing else', async (t) => {
  const root = temporary(t)
  const hosts = ['one', 'two'].map((name) => `${name} ansible_connection=local lockstep_directory=${root}/${name}`)
  const inventory = [...hosts, '[web]', 'one', 'two', '[jobs]', 'two', ''].join('\n')
  const project = temporary(t, { 'lockstep.yaml': manifest, 'inventory/production': inventory })
  const lockstep = (args: readonly string[], input = ''): void => {
    const done = spawnSync(program, args, { cwd: project, input, encoding: 'utf8' })
    assert.equal(done.status, 0, `${args.join(' ')}\n${done.stdout}${done.stderr}`)
  }
  lockstep(['init'])
  for (const [name, group] of Object.entries(secrets)) lockstep(['set', name, '--group', group], `value of ${name}\n`)
  lockstep(['setup'])

  const containers = join(root, 'two/generations/1/containers')
  for (const [place, names] of [
    [join(root, 'one'), ['one/AWS_KEY', 'one/SESSION_KEY']],
    [join(root, 'two'), ['two/AWS_KEY', 'two/MAIL_PASSWORD', 'two/SESSION_KEY']],
    [join(containers, 'api'), ['two/AWS_KEY', 'two/SESSION_KEY']],
    [join(containers, 'worker'), ['two/MAIL_PASSWORD']],
  ] as const) {
    assert.deepEqual(await openedBy(place, [root, join(project, 'secrets')]), names, place)
  }
})

/** `host/NAME` of every secret that the passwords below one place open, in all files of the roots. */
const openedBy = async (place: string, roots: readonly string[]): Promise<readonly string[]> => {
  const files = filesBelow(place).filter((path) => path.endsWith('/vault-password'))
  const passwords = new Set(files.map((path) => readFileSync(path, 'utf8').trim()))
  const opened = new Set<string>()
  for (const root of roots) {
    for (const file of filesBelow(root)) {
      for (const password of passwords) {
        for (const name of await namesIn(file, new Secret(password))) {
          opened.add(`${relative(root, file).split('/')[0] ?? ''}/${name}`)
        }
      }
    }
  }
  return [...opened].sort()
}

const filesBelow = (place: string): readonly string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** None where the password does not open it: the ledger's file, another scope's. */
const namesIn = async (file: string, password: Secret): Promise<readonly string[]> => {
  const bytes = readFileSync(file)
  if (!isVault(bytes)) return []
  try {
    const { plaintext } = await openVault(bytes, password)
    return parseDotenv(new TextDecoder().decode(plaintext)).map(({ name }) => name)
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return []
    throw error
  }
}
