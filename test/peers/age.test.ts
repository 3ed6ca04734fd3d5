import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { Secret } from '../../src/core/secret.ts'
import { checkRecipient, openAge, readIdentities, sealToRecipients } from '../../src/crypto/age.ts'
import { backupProject } from '../support/backups.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, temporary, textOf } from '../support/temporary.ts'

const run = promisify(execFile)
const plaintext = bytesOf('the project password\n')
const at = 'secrets/operators/me.age'

/** A key of this kind as a person has it: the line to hand out, and the file to keep. */
const keyPair = async (
  t: TestContext,
  kind: string,
): Promise<{ recipient: string; identity: Secret; file: string }> => {
  const file = join(temporary(t), 'key')
  if (kind === 'age') {
    const identity = await generateIdentity()
    await writeFile(file, `# created: today\n${identity}\n`, { mode: 0o600 })
    return { recipient: await identityToRecipient(identity), identity: new Secret(await readFile(file)), file }
  }
  const [type = '', bits = '0', format] = kind.split(' ')
  const more = [...(type === 'rsa' ? ['-b', bits] : []), ...(format === undefined ? [] : ['-m', format])]
  await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'me@here', '-f', file, ...more])
  const recipient = await readFile(`${file}.pub`, 'utf8')
  return { recipient, identity: new Secret(await readFile(file)), file }
}

const kinds = ['age', 'ed25519', 'rsa 2048', 'rsa 3072', 'rsa 2048 PEM', 'rsa 2048 PKCS8']

test('what is sealed for a key opens with it and with no other', async (t) => {
  const pairs = await Promise.all(kinds.map((kind) => keyPair(t, kind)))
  for (const [index, pair] of pairs.entries()) {
    const sealed = await sealToRecipients(plaintext, [pair.recipient])
    assert.match(Buffer.from(sealed).toString(), /^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    for (const [other, { identity }] of pairs.entries()) {
      const opened = await openAge(sealed, readIdentities(identity, { at }), { at })
      assert.deepEqual(textOf(opened), index === other ? textOf(plaintext) : null, `${kinds[index]}, ${kinds[other]}`)
    }
  }
})

test('age opens what we seal, and we what age seals', async (t) => {
  for (const kind of kinds) {
    const { recipient, identity, file } = await keyPair(t, kind)
    const sealed = `${file}.age`
    await writeFile(sealed, await sealToRecipients(plaintext, [recipient]))
    assert.equal((await run('age', ['-d', '-i', file, sealed])).stdout, textOf(plaintext), kind)
    await writeFile(`${file}.txt`, plaintext)
    for (const armored of [[], ['-a']]) {
      await run('age', ['-r', recipient.trim(), ...armored, '-o', sealed, `${file}.txt`])
      assert.deepEqual(await openAge(await readFile(sealed), readIdentities(identity, { at }), { at }), plaintext, kind)
    }
  }
})

test('an RSA key that is too short is refused', async (t) => {
  const pair = await keyPair(t, 'rsa 1024').catch(() => null)
  // newer ssh-keygen makes no such key any more
  if (pair !== null) await refusal('USAGE', async () => checkRecipient(pair.recipient))
})

test('identity files that cannot be used say why', async (t) => {
  const file = join(temporary(t), 'key')
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', file])
  const locked = new Secret(await readFile(file))
  const error = await refusal('USAGE', async () => readIdentities(locked, { at }))
  assert.match(error.message, /passphrase/)
  await run('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', `${file}2`])
  const ecdsa = new Secret(await readFile(`${file}2`))
  await refusal('USAGE', async () => readIdentities(ecdsa, { at }))
})

test('the real age opens a backup with the recovery identity as it was written', async (t) => {
  const made = await backupProject(t)
  const { listed } = await made.backup()
  const identity = join(temporary(t), 'recovery.txt')
  await writeFile(identity, made.recovery.bytes(), { mode: 0o600 })
  const archive = join(made.root, 'backups', listed.name)
  const { stdout } = await run('age', ['--decrypt', '--identity', identity, archive], { encoding: 'latin1' })
  assert.match(
    stdout,
    /^lockstep-backup 1 \d+ [0-9a-f]{64}\n\{"before"|^lockstep-backup 1 \d+ [0-9a-f]{64}\n\{"environment":"production"/,
  )
  assert.match(stdout, /project: shop\n/)
})
