/** bin/lockstep in trees of its own: which program it runs, and with which Node. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, test } from 'node:test'

const top = mkdtempSync(join(tmpdir(), 'lockstep-launcher-'))
after(() => rmSync(top, { recursive: true }))

const launcher = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

/** Paths, each with the second since 1970 at which it was last changed. */
const tree = (name: string, files: Readonly<Record<string, number>>, node = true): string => {
  const root = join(top, name)
  for (const [path, changedAt] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `console.log(${JSON.stringify(path)}, process.argv.slice(2).join('|'))\n`)
    utimesSync(join(root, path), changedAt, changedAt)
  }
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'node_modules', 'yaml'), { recursive: true })
  mkdirSync(join(root, 'node_modules', '.bin'))
  if (node) symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'))
  cpSync(launcher, join(root, 'bin', 'lockstep'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  utimesSync(join(root, 'package.json'), 10, 10)
  return root
}

const run = (command: string, options: { readonly cwd?: string; readonly path?: string } = {}) => {
  const env = { PATH: options.path ?? '/usr/bin:/bin' }
  const done = spawnSync(command, ['a b', '--', "c'd"], { encoding: 'utf8', cwd: options.cwd ?? '/', env })
  return { status: done.status, stdout: done.stdout, stderr: done.stderr }
}

const ran = (path: string) => ({ status: 0, stdout: `${path} a b|--|c'd\n`, stderr: '' })

test('what is built, when it is newer than the sources', () => {
  const root = tree('built', { 'dist/program/bin.cjs': 200, 'src/bin.ts': 100, 'src/cli/main.ts': 100 })
  assert.deepEqual(run(join(root, 'bin', 'lockstep')), ran('dist/program/bin.cjs'))
})

test('what is built, when there are no sources', () => {
  const root = tree('installed', { 'dist/program/bin.cjs': 5 })
  assert.deepEqual(run(join(root, 'bin', 'lockstep')), ran('dist/program/bin.cjs'))
})

test('the sources, when one is newer or nothing is built', () => {
  const stale = tree('stale', { 'dist/program/bin.cjs': 200, 'src/bin.ts': 100, 'src/cli/main.ts': 300 })
  assert.deepEqual(run(join(stale, 'bin', 'lockstep')), ran('src/bin.ts'))
  const clone = tree('clone', { 'src/bin.ts': 100 })
  assert.deepEqual(run(join(clone, 'bin', 'lockstep')), ran('src/bin.ts'))
})

test('through links, relative and absolute, and from its own directory', () => {
  const root = tree('linked', { 'dist/program/bin.cjs': 5 })
  mkdirSync(join(top, 'elsewhere', 'bin'), { recursive: true })
  symlinkSync('../../linked/bin/lockstep', join(top, 'elsewhere', 'bin', 'relative'))
  symlinkSync(join(top, 'elsewhere', 'bin', 'relative'), join(top, 'absolute'))
  assert.deepEqual(run(join(top, 'elsewhere', 'bin', 'relative')), ran('dist/program/bin.cjs'))
  assert.deepEqual(run(join(top, 'absolute')), ran('dist/program/bin.cjs'))
  assert.deepEqual(run('./lockstep', { cwd: join(root, 'bin') }), ran('dist/program/bin.cjs'))
  assert.deepEqual(run('lockstep', { path: `${join(root, 'bin')}:/usr/bin:/bin` }), ran('dist/program/bin.cjs'))
})

test('without a Node of its own, the one on PATH if it is new enough', () => {
  const root = tree('bare', { 'dist/program/bin.cjs': 5 }, false)
  const node = (version: string): string => {
    const directory = join(top, version)
    mkdirSync(directory)
    const script = `#!/bin/sh\ncase $1 in --version) echo ${version} ;; *) exec ${process.execPath} "$@" ;; esac\n`
    writeFileSync(join(directory, 'node'), script, { mode: 0o755 })
    return `${directory}:/usr/bin:/bin`
  }
  for (const good of ['v22.18.0', 'v22.21.1', 'v23.0.0', 'v24.1.0', 'v30.0.0', 'v100.1.0']) {
    assert.deepEqual(run(join(root, 'bin', 'lockstep'), { path: node(good) }), ran('dist/program/bin.cjs'), good)
  }
  for (const old of ['v18.20.0', 'v20.19.0', 'v22.9.0', 'v22.17.1']) {
    const refused = run(join(root, 'bin', 'lockstep'), { path: node(old) })
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, new RegExp(`^error: node 22.18 or newer is needed, found ${old}\\n  hint: `))
  }
})

test('the sources without their packages say what to do', () => {
  const root = tree('no-packages', { 'src/bin.ts': 5 })
  rmSync(join(root, 'node_modules', 'yaml'), { recursive: true })
  const refused = run(join(root, 'bin', 'lockstep'))
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /^error: the packages .*\n  hint: npm ci/)
})
