import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import test from 'node:test'
import * as fc from 'fast-check'
import { hasCode } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { isVault, openVault, prepareSeal, sealVault } from '../../src/crypto/ansible-vault.ts'

const folder = resolve(import.meta.dirname, '../vectors/ansible-vault')
const random = { bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)) }
const password = new Secret('a test password, not a secret')

interface Vector {
  readonly expect: string
  readonly password: Secret
  readonly fields: Readonly<Record<string, string>>
  readonly file: Uint8Array
}

/** Text header of `name: value` lines, an empty line, then the file itself. */
const readVector = (name: string): Vector => {
  const bytes = readFileSync(resolve(folder, name))
  const end = bytes.indexOf('\n\n')
  const lines = bytes.subarray(0, end).toString().split('\n')
  const fields = Object.fromEntries(
    lines.map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
  )
  const { expect = '', password: text = '' } = fields
  return { expect, password: new Secret(text), fields, file: bytes.subarray(end + 2) }
}

const refusal = async (file: Uint8Array, secret: Secret = password): Promise<string | null> => {
  try {
    await openVault(file, secret, { at: 'f' })
    return null
  } catch (error) {
    assert.ok(hasCode(error, 'TAMPERED'), String(error))
    return `${error.at}: ${error.message}`
  }
}

test('vectors', async (t) => {
  for (const name of readdirSync(folder)) {
    await t.test(name, async () => {
      const vector = readVector(name)
      if (vector.expect === 'success') {
        const opened = await openVault(vector.file, vector.password)
        assert.equal(createHash('sha256').update(opened.plaintext).digest('hex'), vector.fields['sha256'])
        assert.equal(opened.version, vector.fields['version'])
        assert.equal(opened.label, vector.fields['label'] ?? null)
      } else {
        const line = vector.fields['line'] === undefined ? '' : `:${vector.fields['line']}`
        const said = await refusal(vector.file, vector.password)
        if (line === '') assert.equal(said?.replace(/^f(:\d+)?: /, ''), vector.fields['message'])
        else assert.equal(said, `f${line}: ${vector.fields['message']}`)
      }
    })
  }
})

test('an unknown method says how to go on', async () => {
  await assert.rejects(
    openVault(readVector('cipher-aes').file, password),
    (error) => hasCode(error, 'TAMPERED') && (error.hint ?? '').includes('2014'),
  )
})

test('anything sealed opens again, whatever its bytes and length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1 }), async (bytes, key) => {
      const sealed = await sealVault(bytes, new Secret(key), { random, label: 'shop' })
      const opened = await openVault(sealed, new Secret(key))
      assert.deepEqual(Buffer.from(opened.plaintext), Buffer.from(bytes))
      assert.deepEqual([opened.version, opened.label], ['1.2', 'shop'])
    }),
    { numRuns: 40 },
  )
})

test('header: 1.2 with a label, 1.1 without one and for default', async () => {
  const header = async (label?: string): Promise<string> => {
    const sealed = await sealVault(new Uint8Array(1), password, { random, ...(label === undefined ? {} : { label }) })
    return Buffer.from(sealed).toString().split('\n')[0] ?? ''
  }
  assert.equal(await header('shop'), '$ANSIBLE_VAULT;1.2;AES256;shop')
  assert.equal(await header(), '$ANSIBLE_VAULT;1.1;AES256')
  assert.equal(await header('default'), '$ANSIBLE_VAULT;1.1;AES256')
  for (const bad of ['', 'a;b', 'a b', 'a\nb', 'é', 'x'.repeat(256)]) {
    await assert.rejects(header(bad), (error) => hasCode(error, 'USAGE'), JSON.stringify(bad))
  }
})

test('lines are 80 columns and the file ends in one line end', async () => {
  for (const size of [0, 1, 15, 16, 17, 100, 5000]) {
    const text = Buffer.from(await sealVault(new Uint8Array(size), password, { random })).toString()
    const lines = text.split('\n')
    assert.equal(lines.pop(), '')
    assert.ok(lines.slice(1, -1).every((line) => line.length === 80))
    assert.match(lines.at(-1) ?? '', /^[0-9a-f]{1,80}$/)
  }
})

test('an empty password is refused on both sides', async () => {
  const empty = new Secret('')
  await assert.rejects(openVault(readVector('crlf').file, empty), (error) => hasCode(error, 'USAGE'))
  await assert.rejects(sealVault(new Uint8Array(1), empty, { random }), (error) => hasCode(error, 'USAGE'))
})

test('a key that was prepared seals one file and no second', async () => {
  const seal = await prepareSeal(password, random)
  const { plaintext } = await openVault(await seal(Buffer.from('one'), 'shop'), password)
  assert.equal(Buffer.from(plaintext).toString(), 'one')
  await assert.rejects(seal(Buffer.from('two'), 'shop'), (error) => hasCode(error, 'INTERNAL'))
  const another = await prepareSeal(password, random)
  const both = await Promise.allSettled([another(Buffer.from('one'), null), another(Buffer.from('two'), null)])
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
})

test('salts come from the random source, whole, and never repeat', async () => {
  const salts = new Set<string>()
  for (let i = 0; i < 50; i++) {
    const lines = Buffer.from(await sealVault(new Uint8Array(3), password, { random }))
      .toString()
      .split('\n')
    salts.add((lines.slice(1).join('') ?? '').slice(0, 128))
  }
  assert.equal(salts.size, 50)
  const poor = { bytes: (count: number): Uint8Array => new Uint8Array(count - 1) }
  await assert.rejects(sealVault(new Uint8Array(1), password, { random: poor }), (error) => hasCode(error, 'INTERNAL'))
})

/** What a byte change may leave alone: the label, and spellings of the same header and hex. */
const meaning = (file: Uint8Array): string => {
  const [header = '', ...body] = Buffer.from(file)
    .toString('latin1')
    .split(/[\r\n]+/)
  const fields = header.split(';').map((field) => field.trim())
  const hex = body.join('')
  const inner = /^[0-9a-f]*$/i.test(hex) ? Buffer.from(hex, 'hex').toString('latin1').toLowerCase() : hex
  return `${fields.slice(0, 3).join(';').replace(';1.2;', ';1.1;')}|${inner}`
}

test('every change of every byte is refused', async () => {
  const { file } = readVector('written-by-2.14')
  const same = meaning(file)
  const accepted: string[] = []
  for (let i = 0; i < file.length; i++) {
    for (const flip of [0x01, 0x02, 0x04, 0x10, 0x40, 0x80, 0xff]) {
      const changed = Uint8Array.from(file)
      changed[i] = (changed[i] ?? 0) ^ flip
      if (meaning(changed) === same) continue
      if ((await refusal(changed)) === null) accepted.push(`${i}^${flip}`)
    }
  }
  assert.deepEqual(accepted, [])
})

test('every truncation is refused', async () => {
  const { file } = readVector('written-by-2.14')
  for (let length = 0; length < file.length - 1; length++) {
    assert.notEqual(await refusal(file.subarray(0, length)), null, `cut at ${length}`)
  }
})

test('a wrong password and a changed file say the same', async () => {
  const { file } = readVector('written-by-2.14')
  const changed = Uint8Array.from(file)
  const at = changed.length - 2
  changed[at] = changed[at] === 0x33 ? 0x34 : 0x33
  assert.equal(await refusal(changed), await refusal(file, new Secret('another')))
})

test('hostile sizes end soon', async (t) => {
  const hostile: readonly (readonly [string, () => string])[] = [
    ['line ends only', () => `$ANSIBLE_VAULT;1.1;AES256\n${'\n'.repeat(30e6)}`],
    ['one digit a line', () => `$ANSIBLE_VAULT;1.1;AES256\n${'3\n'.repeat(15e6)}`],
    ['one long salt', () => `$ANSIBLE_VAULT;1.1;AES256\n${'33'.repeat(15e6)}`],
    ['a header without end', () => `$ANSIBLE_VAULT${';'.repeat(30e6)}`],
    ['over the limit', () => `$ANSIBLE_VAULT;1.1;AES256\n${'0'.repeat(65 * 1024 * 1024)}`],
  ]
  for (const [name, make] of hostile) {
    await t.test(name, async () => {
      const file = Buffer.from(make())
      const start = performance.now()
      assert.notEqual(await refusal(file), null)
      assert.ok(performance.now() - start < 4000, 'took over 4 s')
    })
  }
})

test('isVault looks at the start only', () => {
  assert.equal(isVault(Buffer.from('$ANSIBLE_VAULT;9.9;X')), true)
  for (const not of ['', '$ANSIBLE', ' $ANSIBLE_VAULT;1.1;AES256', 'A=1\n$ANSIBLE_VAULT']) {
    assert.equal(isVault(Buffer.from(not)), false, not)
  }
})
