/** ansible/plugins/module_utils/receiver/audit_copies.py: copies of our directory, whatever they are called. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import type { CopyFacts } from '../../src/core/audit/copy-facts.ts'

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')

const look = (
  at: string,
  setting = '',
): { readonly found: readonly CopyFacts[]; readonly incomplete: readonly string[] } => {
  const script = `import json, sys
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver import audit_copies, audit_seek
seeker = audit_seek.Seeker(b'', 10, 1 << 16)
${setting}
found = audit_copies.copies([sys.argv[1]], sys.argv[1] + '/opt/shop', 'shop', seeker)
print(json.dumps({'found': found, 'incomplete': sorted(seeker.incomplete)}))`
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script, at], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

const manifest = (host = 'host1', project = 'shop'): string =>
  JSON.stringify({ manifest: { format: 1, project, environment: 'production', host, scope: 'host' }, mac: '00' })
const sealed = '$ANSIBLE_VAULT;1.2;AES256;shop\n6162\n'

/** A directory of ours with one generation and a container's scope in it. */
const made = (at: string): string => {
  write(`${at}/host.json`, '{}')
  for (const scope of ['', '/containers/api']) {
    write(`${at}/generations/4${scope}/vault-password`, 'a password')
    write(`${at}/generations/4${scope}/secrets/manifest.json`, manifest())
    write(`${at}/generations/4${scope}/secrets/aws.env`, sealed)
  }
  return at
}

/** What is found, told in a line. */
const lines = (at: string, setting = ''): readonly string[] =>
  look(at, setting).found.map(({ path, keys, parts, whole, modes, host }) =>
    [path, `${keys.length} keys`, whole ? 'whole' : parts.join(','), modes.toString(8), host ?? '-']
      .join(' ')
      .replaceAll(`${at}/`, ''),
  )

const inDirectory = (work: (at: string, own: string) => void): void => {
  const at = mkdtempSync(join(tmpdir(), 'lockstep-copies-'))
  try {
    work(at, made(`${at}/opt/shop`))
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

test('a copy under any name, or of a part of it; our own directory is none', () => {
  inDirectory((at, own) => {
    assert.deepEqual(lines(at), [])
    const cases: readonly (readonly [from: string, to: string, told: string])[] = [
      ['', 'root/a/aside', 'root/a/aside 2 keys whole 600 host1'],
      ['/generations', 'srv/x/generations', 'srv/x 2 keys whole 600 host1'],
      ['/generations/4', 'tmp/g', 'tmp/g 2 keys whole 600 host1'],
      ['/generations/4/secrets', 'tmp/s', 'tmp/s 0 keys whole 600 host1'],
      ['/generations/4/containers/api', 'tmp/api', 'tmp/api 1 keys whole 600 host1'],
    ]
    for (const [from, to, told] of cases) {
      cpSync(own + from, `${at}/${to}`, { recursive: true })
      assert.deepEqual(lines(at), [told])
      rmSync(`${at}/${to}`, { recursive: true })
    }
  })
})

test('beside other files only what is ours is named, and of a home never all', () => {
  inDirectory((at, own) => {
    cpSync(own, `${at}/root/mixed`, { recursive: true })
    write(`${at}/root/mixed/thesis.tex`, 'x')
    assert.deepEqual(lines(at), ['root/mixed 2 keys generations,host.json 600 host1'])
    rmSync(`${at}/root`, { recursive: true })
    cpSync(`${own}/generations/4`, at, { recursive: true })
    assert.deepEqual(lines(at), [`${at} 2 keys secrets,vault-password 600 host1`])
  })
})

test('sealed files of ours beside a password, without a manifest; without either it is nothing that opens', () => {
  inDirectory((at) => {
    write(`${at}/root/x/aws.env`, sealed)
    assert.deepEqual(lines(at), [])
    write(`${at}/root/x/vault-password`, 'a password')
    chmodSync(`${at}/root/x/vault-password`, 0o644)
    assert.deepEqual(lines(at), ['root/x 1 keys vault-password 644 -'])
  })
})

test('what only looks alike', () => {
  inDirectory((at) => {
    for (const [index, text] of ['{}', '[1]', '{"manifest":{}}', '{"manifest":[],"mac":1}', '\u0000', 'x'].entries())
      write(`${at}/web${index}/manifest.json`, text)
    write(`${at}/y/vault-password`, 'a password')
    write(`${at}/y/aws.env`, '$ANSIBLE_VAULT;1.2;AES256;shopping\n6162\n')
    assert.deepEqual(look(at), { found: [], incomplete: [] })
    write(`${at}/z/manifest.json`, manifest('host1', 'other'))
    assert.deepEqual(
      look(at).found.map(({ project }) => project),
      ['other'],
    )
  })
})

test('more directories than are looked at are told', () => {
  inDirectory((at) => {
    for (let index = 0; index < 30; index += 1) mkdirSync(`${at}/d${index}`)
    assert.deepEqual(look(at, 'audit_copies.MOST_COPY_FOLDERS = 20').incomplete, ['copy'])
  })
})
