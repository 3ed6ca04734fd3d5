import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { checkGit } from '../../../src/app/project/doctor-git.ts'
import { importSecrets } from '../../../src/app/secrets/import.ts'
import { aboutSpare, aboutTracked, aboutUnfit } from '../../../src/app/project/init-notes.ts'
import { initProject, type Initialized } from '../../../src/app/project/init.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import type { OpenProject } from '../../../src/app/project/open-project.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { Secret } from '../../../src/core/secret.ts'
import { isVault, sealVault } from '../../../src/crypto/ansible-vault.ts'
import { portsIn, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf, temporary } from '../../support/temporary.ts'

const init = (root: string): Promise<Initialized> => initProject(portsIn(root), { project: 'shop' })

const inside = async <T>(root: string, work: (open: OpenProject) => Promise<T>): Promise<T> =>
  withProject(portsIn(root), await findProject(portsIn(root)), { action: 'read' }, work)

const sealed = async (root: string, text: string, password: string): Promise<Uint8Array> =>
  sealVault(bytesOf(text), new Secret(password), { random: portsIn(root).random })

/** What git would take of this directory. */
const taken = (root: string): readonly string[] => {
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' })
  git('add', '-A')
  return git('ls-files', '--cached').trim().split('\n')
}

const inGit = (t: TestContext, tree: Readonly<Record<string, string>>): string => {
  const root = temporary(t, tree)
  execFileSync('git', ['init', '--quiet', root])
  return root
}

test('plain files, taken over or not, do not get into git; sealed ones do', async (t) => {
  const tree = { '.env': 'A=1\n', 'aws.env': 'K=2\n', 'bad.env': 'no\n', 'secrets/all-secrets.env': 'A=1\n' }
  const root = inGit(t, { ...tree, '.gitignore': '*.env\n' })
  const done = await init(root)
  const files = taken(root)
  for (const path of Object.keys(tree)) assert(!files.includes(path), path)
  assert(files.includes('secrets/app.env') && files.includes('secrets/aws.env'))
  assert(done.notes.some((note) => note.includes('rm .env aws.env, once lockstep list is right')))
})

test('a plain file that git has already is told', async (t) => {
  const root = inGit(t, { '.env': 'A=1\n' })
  execFileSync('git', ['-C', root, 'add', '.env'])
  assert.match((await init(root)).notes.join('\n'), /git has \.env: git rm --cached \.env; .* replace them/)
})

test('the commands that are told of files are words for a shell, whatever their names', async (t) => {
  const names = ['-rf.env', 'a $(id).env']
  const root = inGit(t, Object.fromEntries(names.map((name) => [name, 'A=1\n'])))
  execFileSync('git', ['-C', root, 'add', '--', ...names])
  const [tracked = ''] = await aboutTracked(portsIn(root), root, names)
  assert.match(tracked, /: git rm --cached \.\/-rf\.env 'a \$\(id\)\.env';/)
  const [spare = ''] = aboutSpare({ sealed: [], plain: [], exposed: [], notes: [], left: [], spare: names })
  assert.match(spare, /: rm \.\/-rf\.env 'a \$\(id\)\.env', once/)
  const unfit = (path: string): string => aboutUnfit({ path, why: 'is empty', password: new Secret('x') })
  assert.match(unfit('~/a $(id)'), /-file ~\/'a \$\(id\)'$/)
  assert.match(unfit('/a;id'), /-file '\/a;id'$/)
})

test('a file that cannot be read is told with every bad line, and again by the next run', async (t) => {
  const root = temporary(t, { '.env': 'A="$(id)"\nB=ok\nno\nC="a`b"\n' })
  const [note = ''] = (await init(root)).notes
  assert.deepEqual(note.match(/\.env:\d+:\d+/g), ['.env:1:4', '.env:3:1', '.env:4:5'])
  assert.match(note, /mend \.env, then: lockstep import \.env --group app$/)
  assert.deepEqual((await init(root)).notes, [note])
  writeFileSync(join(root, '.env'), 'A=1\nB=ok\n')
  const again = await init(root)
  assert.deepEqual(again.notes, [
    '.env was left alone: the project does not have A, B: lockstep import .env --group app',
  ])
  await inside(root, (open) => importSecrets(portsIn(root), open, { sources: ['.env'], group: 'app' }))
  assert.deepEqual((await init(root)).notes, [])
})

test('behind a quote that is never closed nothing more is told', async (t) => {
  const [note = ''] = (await init(temporary(t, { '.env': 'A="x\nno\nno\n' }))).notes
  assert.deepEqual(note.match(/\.env:\d+:\d+/g), ['.env:1:3'])
})

test('a password of ansible.cfg that is too easy to guess gives way, and what it sealed is sealed anew', async (t) => {
  const root = temporary(t, {
    'ansible.cfg': '[defaults]\nvault_password_file = ~/.vault_pass\n',
    'home/.vault_pass': 'hunter2\n',
    'secrets/x': '',
  })
  writeFileSync(join(root, 'secrets/aws.env'), await sealed(root, 'K=v\n', 'hunter2'))
  const done = await init(root)
  assert(done.created.includes('.vault-password') && done.created.includes('secrets/aws.env'))
  assert.match(done.notes[0] ?? '', /too easy to guess.*--source-password-file ~\/\.vault_pass$/)
  const project = await findProject(portsIn(root))
  assert.equal(project.manifest.password, null)
  const values = await inside(root, async (open) => (await open.readAll()).map(({ values: all }) => all.get('K')))
  assert.deepEqual(
    values.map((value) => value?.reveal()),
    ['v'],
  )
  assert.deepEqual((await init(root)).created, [])
})

test('a password of ansible.cfg that is not there or empty gives way as well', async (t) => {
  const config = '[defaults]\nvault_password_file = .pw\n'
  for (const [tree, why] of [
    [{ 'ansible.cfg': config }, /that is not there: lockstep uses \.vault-password, of its own$/],
    [{ 'ansible.cfg': config, '.pw': ' \n' }, /that is empty: lockstep uses \.vault-password, of its own$/],
  ] as const) {
    const done = await init(temporary(t, tree))
    assert.match(done.notes[0] ?? '', why)
    assert(done.created.includes('.vault-password'))
  }
})

test('a password file of ansible.cfg that lies in the project does not get into git', async (t) => {
  for (const path of ['.pw', './.pw']) {
    const config = `[defaults]\nvault_password_file = ${path}\n`
    const root = inGit(t, { 'ansible.cfg': config, '.pw': `${testPassword}\n` })
    assert.equal((await init(root)).created.includes('.vault-password'), false)
    assert(!taken(root).includes('.pw'))
  }
})

test('what git has or takes in spite of the manifest is told by doctor, and init adds the line', async (t) => {
  const root = inGit(t, { 'lockstep.yaml': 'project: shop\npassword: own/pw\n', 'own/pw': `${testPassword}\n` })
  const told = async (): Promise<string> =>
    (await checkGit(portsIn(root), await findProject(portsIn(root))))
      .map(({ what, says }) => `${what} ${says}`)
      .join('\n')
  assert.match(await told(), /own\/pw is not ignored by git/)
  await init(root)
  assert.equal(await told(), 'git merges secrets by name')
  writeFileSync(join(root, '.gitignore'), '/own/pw\nsecrets\n')
  assert.match(await told(), /secrets its files are ignored by git/)
  execFileSync('git', ['-C', root, 'add', '-f', 'own/pw'])
  assert.match(await told(), /own\/pw is in git/)
})

test('a weak password file of the project itself is refused with a way on that works', async (t) => {
  const root = temporary(t, { '.vault-password': 'hunter2\n' })
  const refused = await refusal('UNSAFE', init(root))
  assert.equal(refused.at, join(root, '.vault-password'))
  assert.match(refused.hint ?? '', /^mv \.vault-password \.vault-password\.old, then lockstep init/)
  const named = temporary(t, { 'lockstep.yaml': 'project: shop\npassword: own/pw\n', 'own/pw': 'hunter2\n' })
  assert.equal((await refusal('UNSAFE', init(named))).at, join(named, 'own/pw'))
})

test('a file of all groups: what no group has is to be imported, then it can go', async (t) => {
  const root = temporary(t, { '.vault-password': `${testPassword}\n`, 'aws.env': 'K=v\n', 'secrets/x': '' })
  const union = join(root, 'secrets/all-secrets.env')
  writeFileSync(union, await sealed(root, 'K=v\nOLD=o\n', testPassword))
  const said = (await init(root)).notes.join('\n')
  assert.match(
    said,
    /all-secrets\.env holds OLD, which no group has; .*lockstep import secrets\/all-secrets\.env --group/,
  )
  const source = 'secrets/all-secrets.env'
  const imported = await inside(root, (open) => importSecrets(portsIn(root), open, { sources: [source], group: 'old' }))
  assert.deepEqual(
    imported.secrets.map(({ group, name }) => `${group}/${name}`),
    ['old/OLD'],
  )
  assert.match((await init(root)).notes.join('\n'), /holds what the groups hold.*: rm secrets\/all-secrets\.env$/)
  writeFileSync(union, await sealed(root, 'K=v\n', 'another'))
  assert.match((await init(root)).notes.join('\n'), /--source-password-file FILE --group NAME/)
  rmSync(union)
  assert.deepEqual(
    (await init(root)).notes.filter((note) => note.includes('all-secrets')),
    [],
  )
})

const settings: readonly (readonly [config: string, note: RegExp | null])[] = [
  ['[defaults]\n', /this line in ansible\.cfg, .*collections_path = \.lockstep\/collections:~/],
  ['[defaults]\ncollections_path = mine\n', /collections_path = \.lockstep\/collections:mine$/],
  ['[defaults]\ncollections_paths = .lockstep/collections:mine\n', null],
]

test('an ansible.cfg that does not lead to the collection is told the line', async (t) => {
  for (const [config, expected] of settings) {
    const notes = (await init(temporary(t, { 'ansible.cfg': config }))).notes.join('\n')
    if (expected === null) assert.equal(notes, '')
    else assert.match(notes, expected)
  }
  const root = temporary(t, { 'home/.ansible.cfg': '[defaults]\n' })
  assert.match((await init(root)).notes.join('\n'), /home\/\.ansible\.cfg, .* = \/.*\/\.lockstep\/collections:/)
})

test('what comes next: values, or their absence, or what doctor says of a clone', async (t) => {
  const root = temporary(t, { '.env': 'A=1\n' })
  assert.equal((await init(root)).next, 'lockstep list')
  assert.equal((await init(root)).next, 'lockstep doctor')
  assert.equal((await init(temporary(t))).next, 'lockstep create')
  const unread = temporary(t, { '.env': 'A="$(id)"\n' })
  assert.equal((await init(unread)).next, 'mend .env, then: lockstep import .env --group app')
  assert(isVault(readFileSync(join(root, 'secrets/app.env'))))
})
