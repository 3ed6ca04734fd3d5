import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { initProject } from '../../../src/app/project/init.ts'
import { withProject } from '../../../src/app/project/with-project.ts'
import { removeOperator, addOperator } from '../../../src/app/project/operators.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { rekeyProject } from '../../../src/app/project/rekey.ts'
import { call } from '../../support/call.ts'
import { piped, portsIn, projectIn, testPassword } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { temporary } from '../../support/temporary.ts'

const secrets = { app: { API_KEY: 'one' } }

const names = async (root: string, environment?: string): Promise<readonly string[]> =>
  withProject(portsIn(root), await findProject(portsIn(root), { environment }), { action: 'read' }, async (open) =>
    (await open.readAll()).flatMap(({ values }) => [...values.keys()]),
  )

/** All of the secrets and the password file, as a pull that replaces them leaves them. */
const replaceBy = (root: string, other: string): void => {
  rmSync(join(root, 'secrets'), { recursive: true })
  for (const name of ['secrets', '.vault-password']) cpSync(join(other, name), join(root, name), { recursive: true })
}

const anotherOf = async (t: TestContext): Promise<string> => (await projectIn(t, { secrets })).root

test('all of the secrets replaced, password and all: refused, nothing is written for whoever did it', async (t) => {
  const { root } = await projectIn(t, { secrets })
  assert.deepEqual(await names(root), ['API_KEY'])
  replaceBy(root, await anotherOf(t))
  const before = readFileSync(join(root, 'secrets/app.env'))
  const { at, hint = '' } = await refusal('TAMPERED', names(root))
  assert.equal(at, 'secrets/fingerprint-key')
  for (const args of [['set', 'NEW'], ['get', 'API_KEY'], ['list'], ['export'], ['rekey'], ['adopt', 'app']]) {
    const { stdout, stderr } = await call(args, portsIn(root, piped('value')))
    assert.match(stderr, /under another project key than was used here before/, args.join(' '))
    assert.equal(stdout, '')
  }
  const { stdout: diagnosed } = await call(['doctor'], portsIn(root))
  assert.match(diagnosed, /under another project key than was used here before/)
  assert.deepEqual(readFileSync(join(root, 'secrets/app.env')), before)
  const command = /on purpose: (rm .*)$/.exec(hint)?.[1] ?? 'false'
  execFileSync('sh', ['-c', command])
  assert.deepEqual(await names(root), ['API_KEY'])
})

test('the note of the key is for its person alone, outside the files of the project, and is not the key', async (t) => {
  const { root, project, ports } = await projectIn(t, { secrets })
  await names(root)
  assert.equal(statSync(project.pin).mode & 0o777, 0o600)
  assert.ok(project.pin.startsWith(`${ports.machine.home}/.local/state/lockstep/project-key-`))
  assert.match(readFileSync(project.pin, 'utf8'), /^[0-9a-f]{64}\n$/)
})

test('a key that names the one before it is taken, in this clone and another; the one before is not', async (t) => {
  const { root, ports, project } = await projectIn(t, { secrets })
  const clone = temporary(t)
  cpSync(root, clone, { recursive: true })
  const older = temporary(t)
  cpSync(root, older, { recursive: true })
  await names(root)
  await names(clone)
  await withProject(ports, project, { action: 'change' }, (open) => rekeyProject(ports, open, { projectKey: true }))
  assert.deepEqual(await names(root), ['API_KEY'])
  replaceBy(clone, root)
  assert.deepEqual(await names(clone), ['API_KEY'])
  replaceBy(clone, older)
  await refusal('TAMPERED', names(clone))
})

test('rekey and operators keep the project open to those who work in it', async (t) => {
  const { root, ports, project } = await projectIn(t, { secrets })
  await names(root)
  const inside = <T>(work: Parameters<typeof withProject<T>>[3]): Promise<T> =>
    withProject(ports, project, { action: 'change' }, work)
  await inside((open) => rekeyProject(ports, open, {}))
  const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
  await inside((open) => addOperator(ports, open, { name: 'anna', recipient }))
  await inside((open) => removeOperator(ports, open, { name: 'anna' }))
  assert.deepEqual(await names(root), ['API_KEY'])
  assert.equal((await call(['set', 'NEW', '--group', 'app'], portsIn(root, piped('value')))).status, 0)
  assert.deepEqual((await names(root)).toSorted(), ['API_KEY', 'NEW'])
})

test('each environment has a key of its own', async (t) => {
  const { root, ports } = await projectIn(t, { secrets, manifest: 'project: shop\nenvironments: { staging: {} }\n' })
  await names(root)
  await initProject(ports, { environment: 'staging' })
  assert.deepEqual(await names(root, 'staging'), [])
  assert.deepEqual(await names(root), ['API_KEY'])
  rmSync(join(root, 'environments/staging/secrets'), { recursive: true })
  cpSync(join(root, 'secrets'), join(root, 'environments/staging/secrets'), { recursive: true })
  writeFileSync(join(root, '.vault-password.staging'), testPassword, { mode: 0o600 })
  await refusal('TAMPERED', names(root, 'staging'))
})

test('a project begun anew in the same place is another one', async (t) => {
  const { root, ports } = await projectIn(t, { secrets })
  await names(root)
  rmSync(join(root, 'secrets'), { recursive: true })
  await initProject(ports)
  assert.deepEqual(await names(root), [])
})

test('where nothing can be kept in the home directory, projects open all the same', async (t) => {
  const { root } = await projectIn(t, { secrets })
  const ports = portsIn(root)
  const machine = { ...ports.machine, environment: { XDG_STATE_HOME: '/dev/null/state' } }
  const { status, stdout } = await call(['get', 'API_KEY'], { ...ports, machine })
  assert.deepEqual([status, stdout.trim()], [0, 'one'])
})

test('a password file that git has is not one to chmod', async (t) => {
  const { root } = await projectIn(t, { secrets })
  chmodSync(join(root, '.vault-password'), 0o644)
  assert.match((await refusal('UNSAFE', names(root))).hint ?? '', /^chmod 600 /)
  execFileSync('git', ['-C', root, 'init', '-q'])
  assert.match((await refusal('UNSAFE', names(root))).hint ?? '', /^chmod 600 /)
  execFileSync('git', ['-C', root, 'add', '-f', '.vault-password'])
  const { message, hint } = await refusal('UNSAFE', names(root))
  assert.match(message, /^git has this password file/)
  assert.doesNotMatch(hint ?? '', /chmod/)
  assert.ok(existsSync(join(root, '.vault-password')))
})
