import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test, after, before } from 'node:test'
import { promisify } from 'node:util'
import { Secret } from '../../src/core/secret.ts'
import { openVault, sealVault } from '../../src/crypto/ansible-vault.ts'

const run = promisify(execFile)
const random = { bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)) }
const sizes = [0, 1, 15, 16, 17, 4096, 1 << 20]
const password = randomBytes(32).toString('base64')

let directory = ''
let programs: readonly string[] = []

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peer-vault-'))
  await writeFile(join(directory, 'password'), `  ${password} \n\n`, { mode: 0o600 })
  const script = resolve(import.meta.dirname, '../../scripts/peers-ansible.sh')
  const { stdout } = await run('sh', [script])
  programs = ['/usr/bin/ansible-vault', join(stdout.trim(), 'bin/ansible-vault')]
})
after(() => rm(directory, { recursive: true, force: true }))

const vault = async (program: string, args: readonly string[]): Promise<void> => {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', ANSIBLE_HOME: directory }
  await run(program, args, { env })
}

/** Everything goes through files, in their place: `--output -` would print. */
const file = (name: string): string => join(directory, name)

test('both programs are there and differ', async () => {
  const versions = await Promise.all(programs.map((program) => run(program, ['--version'])))
  const [first, second] = versions.map(({ stdout }) => /core ([\d.]+)/.exec(stdout)?.[1])
  assert.ok(first !== undefined && second !== undefined && first !== second, `${first} and ${second}`)
})

/** One file of each size, written, for one run of the program over all of them. */
const oneOfEach = async (
  content: (plaintext: Buffer) => Promise<Uint8Array>,
): Promise<readonly { readonly path: string; readonly plaintext: Buffer }[]> =>
  Promise.all(
    sizes.map(async (size) => {
      const one = { path: file(`of-${size}`), plaintext: randomBytes(size) }
      await writeFile(one.path, await content(one.plaintext))
      return one
    }),
  )

test('what ansible-vault writes we open', async () => {
  for (const program of programs) {
    const files = await oneOfEach(async (plaintext) => plaintext)
    const id = ['--vault-id', `shop@${file('password')}`, '--encrypt-vault-id', 'shop']
    await vault(program, ['encrypt', ...id, ...files.map(({ path }) => path)])
    for (const { path, plaintext } of files) {
      const opened = await openVault(await readFile(path), new Secret(password))
      assert.ok(plaintext.equals(opened.plaintext), `${program}, ${plaintext.length} bytes`)
      assert.deepEqual([opened.version, opened.label], ['1.2', 'shop'])
    }
  }
})

test('what we write ansible-vault opens', async () => {
  for (const [index, program] of programs.entries()) {
    const label = index === 0 ? {} : { label: 'shop' }
    const files = await oneOfEach((plaintext) => sealVault(plaintext, new Secret(password), { random, ...label }))
    await vault(program, ['decrypt', '--vault-password-file', file('password'), ...files.map(({ path }) => path)])
    for (const { path, plaintext } of files) {
      assert.ok(plaintext.equals(await readFile(path)), `${program}, ${plaintext.length} bytes`)
    }
  }
})

test('ansible-vault refuses what we write under another password', async () => {
  await writeFile(file('sealed'), await sealVault(randomBytes(9), new Secret('another'), { random }))
  for (const program of programs) {
    const args = ['view', '--vault-password-file', file('password'), file('sealed')]
    await assert.rejects(vault(program, args), /Decryption failed/)
  }
})
