import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { passwordOfOperator } from '../../../src/app/project/operator-password.ts'
import { findProject } from '../../../src/app/project/project.ts'
import { projectPassword } from '../../../src/app/project/project-password.ts'
import { sealToRecipients } from '../../../src/crypto/age.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { portsIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'
import { bytesOf, temporary } from '../../support/temporary.ts'

const vector = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../vectors/age', name), 'utf8')
const sealedFor = async (kind: string): Promise<string> =>
  new TextDecoder().decode(await sealToRecipients(bytesOf(`for ${kind}\n`), [vector(`${kind}.pub`).trim()]))

const tree = async (): Promise<Record<string, string>> => ({
  'lockstep.yaml': 'project: shop\n',
  'secrets/operators/anna.age': await sealedFor('ssh-ed25519'),
  'secrets/operators/ben.age': await sealedFor('native'),
})

test('the key at a usual place opens our own file', async (t) => {
  for (const [kind, place] of [
    ['ssh-ed25519', '.ssh/id_ed25519'],
    ['native', '.config/age/keys.txt'],
  ] as const) {
    const root = temporary(t, { ...(await tree()), [`home/${place}`]: vector(kind) })
    const ports = portsIn(root)
    const project = await findProject(ports)
    assert.equal((await passwordOfOperator(ports, project))?.password.reveal(), `for ${kind}`)
    assert.equal((await projectPassword(ports, project)).reveal(), `for ${kind}`)
  }
})

test('a named identity is the one that counts', async (t) => {
  const root = temporary(t, { ...(await tree()), key: vector('native'), 'home/.ssh/id_ed25519': vector('ssh-ed25519') })
  const ports = portsIn(root)
  const naming = (file: string): typeof ports => ({
    ...ports,
    machine: { ...ports.machine, environment: { LOCKSTEP_IDENTITY_FILE: file } },
  })
  const project = await findProject(ports)
  assert.equal((await passwordOfOperator(naming('key'), project))?.password.reveal(), 'for native')
  await refusal('NOT_FOUND', passwordOfOperator(naming('missing'), project))
  await refusal('USAGE', passwordOfOperator(naming('lockstep.yaml'), project))
})

test('nobody we know, nothing for us', async (t) => {
  const root = temporary(t, { ...(await tree()), 'home/.ssh/id_rsa': vector('ssh-rsa') })
  const ports = portsIn(root)
  assert.equal(await passwordOfOperator(ports, await findProject(ports)), null)
  const without = portsIn(temporary(t, { 'lockstep.yaml': 'project: shop\n' }))
  assert.equal(await passwordOfOperator(without, await findProject(without)), null)
})

test('a key that cannot be used is named when nobody can be asked', async (t) => {
  const damaged = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'
  const root = temporary(t, { ...(await tree()), 'home/.ssh/id_ed25519': damaged })
  const ports = portsIn(root)
  const error = await refusal('USAGE', passwordOfOperator(ports, await findProject(ports)))
  assert.match(error.at ?? '', /id_ed25519$/)
})

test('where no key of ours opens any, it is said whose there are, what was looked at and the ways on', async (t) => {
  const root = temporary(t, { ...(await tree()), 'home/.ssh/id_rsa': vector('ssh-rsa') })
  const ports = portsIn(root)
  const refused = await refusal('NOT_FOUND', projectPassword(ports, await findProject(ports)))
  assert.match(refused.message, /operators: anna, ben; none of your keys opens theirs \(looked at ~\/\.ssh\/id_rsa\)$/)
  assert.match(refused.hint ?? '', /LOCKSTEP_IDENTITY_FILE names another key; .*lockstep operators add /)
  const nothing = portsIn(temporary(t, await tree()))
  const none = await refusal('NOT_FOUND', projectPassword(nothing, await findProject(nothing)))
  assert.match(none.message, /there is no key at ~\/\.config\/age\/keys\.txt, /)
  const asked: string[] = []
  const terminal: Ports['terminal'] = {
    ...nothing.terminal,
    isInteractive: true,
    askHidden: async (question) => {
      asked.push(question)
      return 'typed'
    },
  }
  await projectPassword({ ...nothing, terminal }, await findProject(nothing))
  assert.match(asked.join(), /^operators: anna, ben; none of your keys .*\nproject password: $/)
})
