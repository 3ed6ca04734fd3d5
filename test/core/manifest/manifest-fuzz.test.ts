import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { SecretsError } from '../../../src/core/errors.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { parseMetadata } from '../../../src/core/secrets/metadata-text.ts'
import { cases } from './manifest-cases.ts'

const refusesWith =
  (codes: readonly string[], work: (text: string) => unknown) =>
  (text: string): void => {
    try {
      work(text)
    } catch (error) {
      assert(error instanceof SecretsError, `not an error of ours: ${String(error)}`)
      assert(codes.includes(error.code), `${error.code}: ${error.message}`)
      assert.match(error.at ?? '', /^file(:\d+(:\d+)?)?$/)
    }
  }

const manifest = refusesWith(['CONFIG'], (text) => parseManifest(text, { at: 'file' }))

/** A good text with a piece replaced by any other. */
const damaged = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(20),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('{', '[', ': ', '\n', '*a', '&a ', '!!x ', '<<', '%', '---\n', '\t'),
      ),
    )
    .map(([text, at, length, piece]) => {
      const start = at % (text.length + 1)
      return `${text.slice(0, start)}${piece}${text.slice(start + length)}`
    })

test('any text is a manifest, or a CONFIG error with its place', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), manifest), { numRuns: 300 })
  fc.assert(fc.property(damaged(cases.map(({ text }) => text)), manifest), { numRuns: 300 })
})

test('hostile texts are answered at once', () => {
  const before = process.cpuUsage()
  for (const text of [
    '\ufeffproject: shop\n',
    'project: "\u0000"\n',
    `project: ${'a'.repeat(2_000_000)}\n`,
    `a${': {a'.repeat(50_000)}`,
    `${'a: '.repeat(20_000)}\n`,
    `? ${'? '.repeat(20_000)}\n`,
    `project: shop\ngroups: {${'"'.repeat(99_999)}`,
    `#${'\n#'.repeat(300_000)}\n`,
  ])
    manifest(text)
  const { user, system } = process.cpuUsage(before)
  assert(user + system < 10_000_000, 'ten seconds of the processor')
})

const metadata = refusesWith(['TAMPERED', 'CONFLICT', 'CONFIG'], (text) => parseMetadata(text, 'file'))

const sample = `format: 1
project: shop
environment: production
files:
  aws.env:
    KEY: { version: 1, set: 2025-11-22T15:00:00Z, rotated: 2025-11-22T15:00:00Z, fingerprint: aaaaaaaaaaaa, before: bbbbbbbbbbbb }
operators:
  ada: { recipient: "age1", added: 2025-11-22T15:00:00Z }
mac: ${'0'.repeat(64)}
`

test('any text is metadata, or refused with its place', () => {
  parseMetadata(sample, 'file')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), metadata), { numRuns: 300 })
  fc.assert(fc.property(damaged([sample]), metadata), { numRuns: 300 })
})
