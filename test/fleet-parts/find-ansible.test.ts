/** src/fleet/ansible.ts and install-ansible.ts; test/fleet/ is what needs real hosts. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { Exec, RunResult } from '../../src/core/ports.ts'
import { findAnsible } from '../../src/fleet/ansible.ts'
import type { AnsiblePorts } from '../../src/fleet/ansible.ts'
import { installAnsible } from '../../src/fleet/install-ansible.ts'
import { portsIn } from '../support/project.ts'
import { refusal } from '../support/refusal.ts'
import { bytesOf, temporary } from '../support/temporary.ts'

const lists = resolve(import.meta.dirname, '..', '..', 'ansible')

interface Faked {
  readonly ports: AnsiblePorts
  /** Command lines that were run. */
  readonly ran: string[]
  readonly home: string
}

/** A machine with these programs, name to what `--version` prints; venv and pip do as they should, or fail. */
const machineWith = (t: TestContext, versions: Readonly<Record<string, string>>, failing?: string): Faked => {
  const root = temporary(t)
  const real = portsIn(root)
  const ran: string[] = []
  const path = (name: string): string => join(root, 'bin', name)
  mkdirSync(join(root, 'bin'))
  for (const name of Object.keys(versions)) writeFileSync(path(name), '')
  const answer = (status: number, stdout: string, stderr = ''): RunResult => ({
    status,
    stdout: bytesOf(stdout),
    stderr,
  })
  const exec: Exec = {
    interactive: () => Promise.reject(new Error('nobody is there')),
    find: async (name) => (name in versions ? path(name) : null),
    run: async (command, args) => {
      const line = [command.replace(root, ''), ...args].join(' ').replaceAll(root, '').replaceAll(lists, 'ansible')
      ran.push(line)
      if (failing !== undefined && line.includes(failing)) return answer(1, 'Error: ensurepip is not available\n', 'x')
      if (args[0] === '--version') return answer(0, `${versions[command.split('/').at(-1) ?? '']}\n`)
      if (args[1] === 'venv') mkdirSync(args[2] ?? '', { recursive: true })
      return answer(0, '')
    },
  }
  return { ports: { exec, files: real.files, machine: real.machine }, ran, home: real.machine.home }
}

const python = { python3: 'Python 3.11.2' }

test('a new enough Ansible is asked once for its version, until it changes', async (t) => {
  const { ports, ran } = machineWith(t, { 'ansible-playbook': 'ansible-playbook [core 2.14.18]' })
  const found = await findAnsible(ports, lists)
  assert.match(found?.playbook ?? '', /bin\/ansible-playbook$/)
  assert.deepEqual(await findAnsible(ports, lists), found)
  assert.equal(ran.length, 1)
  writeFileSync(found?.playbook ?? '', 'another')
  await findAnsible(ports, lists)
  assert.equal(ran.length, 2)
})

test('LOCKSTEP_ANSIBLE is not questioned', async (t) => {
  const { ports, ran } = machineWith(t, {})
  const machine = { ...ports.machine, environment: { LOCKSTEP_ANSIBLE: '/opt/ansible/bin' } }
  assert.deepEqual(await findAnsible({ ...ports, machine }, lists), { playbook: '/opt/ansible/bin/ansible-playbook' })
  assert.deepEqual(ran, [])
})

test('where there is none, or an old one, ours is installed once, every package by its hash', async (t) => {
  const { ports, ran, home } = machineWith(t, { ...python, 'ansible-playbook': 'ansible-playbook 2.9.27' })
  assert.equal(await findAnsible(ports, lists), null)
  const said: string[] = []
  const install = (): Promise<string> => installAnsible(ports, { lists, report: (line) => said.push(line) })
  const venv = await install()
  assert.equal(venv, `${home}/.local/share/lockstep/ansible`)
  assert.deepEqual(ran.slice(2), [
    'python3 -m venv /home/.local/share/lockstep/ansible',
    '/home/.local/share/lockstep/ansible/bin/python -m pip install --disable-pip-version-check --require-hashes -r ansible/requirements.txt',
  ])
  assert.equal(said.length, 1)
  assert.deepEqual(await findAnsible(ports, lists), { playbook: `${venv}/bin/ansible-playbook` })
  await install()
  assert.equal(said.length, 1)
})

test('what was interrupted, or comes from an older list, is installed again', async (t) => {
  const { ports } = machineWith(t, python, 'pip install')
  const options = { lists, report: () => undefined }
  const refused = await refusal('UNAVAILABLE', installAnsible(ports, options))
  assert.match(refused.message, /could not install ansible-core: Error: ensurepip is not available/)
  assert.equal(await findAnsible(ports, lists), null)
  const well = machineWith(t, python)
  const venv = await installAnsible(well.ports, options)
  writeFileSync(`${venv}/lockstep-requirements.txt`, 'ansible-core==2.14.0\n')
  assert.equal(await findAnsible(well.ports, lists), null)
})

test('the list is chosen by the version of Python', async (t) => {
  const options = { lists, report: () => undefined }
  for (const [version, list] of [
    ['3.9.2', 'requirements-3.9.txt'],
    ['3.10.12', 'requirements-3.9.txt'],
    ['3.11.2', 'requirements.txt'],
    ['3.14.0', 'requirements.txt'],
  ] as const) {
    const { ports, ran } = machineWith(t, { python3: `Python ${version}` })
    await installAnsible(ports, options)
    assert.match(ran.at(-1) ?? '', new RegExp(`-r ansible/${list.replaceAll('.', '\\.')}$`))
  }
  for (const versions of [{}, { python3: 'Python 3.8.10' }]) {
    const { hint } = await refusal('NOT_FOUND', installAnsible(machineWith(t, versions).ports, options))
    assert.match(hint ?? '', /python3-venv/)
  }
})

test('a home that cannot be written to only makes us slower', async (t) => {
  const { ports, ran, home } = machineWith(t, { 'ansible-playbook': 'ansible-playbook [core 2.19.1]' })
  rmSync(home, { recursive: true, force: true })
  writeFileSync(home, '')
  chmodSync(home, 0o400)
  for (const times of [1, 2]) {
    assert.notEqual(await findAnsible(ports, lists), null)
    assert.equal(ran.length, times)
  }
  assert.equal(existsSync(`${home}/.cache`), false)
})
