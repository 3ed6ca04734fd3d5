import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { after, suite, test } from 'node:test'
import type { Held, Rotator, Step } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { person } from '../../src/rotators/person.ts'
import { rotatorConformance } from '../conformance/rotator.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

const terminalOf = (answers: readonly string[], asked: string[] = []): RotatorPorts['terminal'] => {
  const left = [...answers]
  return {
    isInteractive: true,
    askHidden: async (question) => {
      asked.push(question)
      return left.shift() ?? assert.fail('asked once too often')
    },
  }
}

const nobody: RotatorPorts['terminal'] = { isInteractive: false, askHidden: () => assert.fail('nobody is there') }

const open = (
  settings: Record<string, unknown>,
  terminal: RotatorPorts['terminal'] = nobody,
  names: readonly string[] = ['API_TOKEN'],
): Rotator =>
  person.open(credentialOf({ group: 'api', names }, { with: 'person', ...settings }), rotatorPorts({ terminal }))

/** A project with programs that judge, and some that cannot. */
const directory = mkdtempSync(join(tmpdir(), 'lockstep-person-'))
after(() => rmSync(directory, { recursive: true, force: true }))
for (const [name, mode, source] of [
  ['check', 0o755, '#!/bin/sh\ngrep -q \'"API_TOKEN":"new"\'\n'],
  ['plain', 0o644, '#!/bin/sh\n'],
  ['without-interpreter', 0o755, '#!/no/such/interpreter\n'],
] as const) {
  writeFileSync(join(directory, name), source, { mode })
}

const openIn = (project: string, program: string, terminal: RotatorPorts['terminal'] = nobody): Rotator =>
  person.open(
    credentialOf({ group: 'api', names: ['API_TOKEN'] }, { with: 'person', check: { run: [program] } }),
    rotatorPorts({ terminal, directory: project }),
  )

const step: Step = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
const valuesOf = (values: Record<string, string>): Held['values'] =>
  new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))
const held = (values: Record<string, string>): Held => ({ ...step, values: valuesOf(values) })

/** Exits with 0 where it is told, on stdin alone, that API_TOKEN is this; says the value loudly otherwise. */
const checkFor = (value: string): Record<string, unknown> => {
  const program = `let s='';process.stdin.on('data',d=>s+=d).on('end',()=>{const v=JSON.parse(s).API_TOKEN;
    console.error(v);process.exit(v==='${value}'&&!JSON.stringify([process.argv,process.env]).includes(s)?0:3)})`
  return { check: { run: [process.execPath, '-e', program] } }
}

rotatorConformance(
  'person',
  async () => {
    let given = 0
    const askHidden = async (): Promise<string> => `canary-of-new-${Math.floor(given++ / 2)}`
    return {
      rotator: open({}, { isInteractive: true, askHidden }),
      values: valuesOf({ API_TOKEN: 'canary-of-the-old-one' }),
    }
  },
  { hearsAll: 'nobody but a person is asked' },
)

suite('person', () => {
  test('says what to do and where the old one ends, and takes what is typed', async () => {
    const asked: string[] = []
    const rotator = open({ hint: 'make a token', url: 'https://example.com/tokens' }, terminalOf(['new', 'new'], asked))
    const { values, marks } = await rotator.propose(held({ API_TOKEN: 'old' }))
    assert.equal(values.get('API_TOKEN')?.reveal(), 'new')
    assert.deepEqual(marks, {})
    assert.match(
      asked[0] ?? '',
      /^make a token\nhttps:\/\/example.com\/tokens\nthe old one is ended by you: .*\nnew value/,
    )
    assert.deepEqual([rotator.needsPerson, rotator.endsNothing], [true, true])
    assert.match((await rotator.look(held({}))).note ?? '', /ended by you: https:\/\/example.com\/tokens/)
  })

  test('with a check it is asked for once, and the check decides', async () => {
    const rotator = open(checkFor('good-value'), terminalOf(['good-value']))
    const pending = (await rotator.propose(held({ API_TOKEN: 'old' }))).values
    const attempt = { ...step, former: valuesOf({ API_TOKEN: 'old' }), pending, marks: {} }
    await rotator.verify(attempt)
    const wrong = { ...attempt, pending: valuesOf({ API_TOKEN: 'canary-wrong' }) }
    const error = await refusal('DENIED', rotator.verify(wrong))
    assert.match(error.message, /status 3/)
    assert.ok(!inspect(error, { depth: 10 }).includes('canary-wrong'))
  })

  test('a check of the project is found below its directory, from wherever the run was started', async () => {
    const rotator = openIn(directory, './check', terminalOf(['new']))
    const pending = (await rotator.propose(held({}))).values
    await rotator.look(held({}))
    await rotator.verify({ ...step, former: valuesOf({}), pending, marks: {} })
  })

  for (const [what, program, hint] of [
    ['is not there', './none', /^see whether it is there and executable: chmod \+x \.\/none$/],
    ['is not executable', './plain', /chmod \+x/],
    ['is on no PATH', 'no-such-program-anywhere', /^install it/],
  ] as const) {
    test(`a check that ${what} is told before anybody types`, async () => {
      const rotator = openIn(directory, program, { isInteractive: true, askHidden: () => assert.fail('was asked') })
      for (const step of [() => rotator.look(held({})), () => rotator.propose(held({}))]) {
        const error = await refusal('CONFIG', step)
        assert.equal(error.message, `check: there is no program ${program}`)
        assert.match(error.hint ?? '', hint)
      }
    })
  }

  for (const program of ['./none', './plain', './without-interpreter']) {
    test(`what was typed is kept where the check cannot be run: ${program}`, async () => {
      const attempt = { ...step, former: valuesOf({}), pending: valuesOf({ API_TOKEN: 'canary-typed' }), marks: {} }
      const error = await refusal('UNAVAILABLE', openIn(directory, program).verify(attempt))
      assert.match(error.message, /^the new value was not checked: /)
      assert.match(error.hint ?? '', /lockstep rotate --resume checks it$/)
    })
  }

  test('the check is given HOME and PATH, and nothing else of ours', async (t) => {
    process.env['OPERATORS_OWN'] = 'canary-of-the-operator'
    t.after(() => delete process.env['OPERATORS_OWN'])
    const program = `process.exit(process.env.HOME && process.env.PATH && !('OPERATORS_OWN' in process.env) ? 0 : 3)`
    const rotator = open({ check: { run: [process.execPath, '-e', program] } })
    await rotator.verify({ ...step, former: valuesOf({}), pending: valuesOf({ API_TOKEN: 'new' }), marks: {} })
  })

  test('of several, an empty answer leaves one as it is', async () => {
    const rotator = open({ check: { run: ['true'] } }, terminalOf(['', 'new']), ['ID', 'TOKEN'])
    const { values } = await rotator.propose(held({ ID: 'id', TOKEN: 'old' }))
    assert.deepEqual([...values.keys()], ['TOKEN'])
  })

  const refusals: readonly [string, RotatorPorts['terminal'], RegExp][] = [
    ['no terminal', nobody, /no terminal to ask at/],
    ['no answer', terminalOf(['']), /no new value of API_TOKEN/],
    ['the value in force', terminalOf(['old', 'old']), /nothing of api is new/],
    ['two different answers', terminalOf(['one', 'two']), /not the same/],
  ]
  for (const [what, terminal, message] of refusals) {
    test(`refused: ${what}`, async () => {
      const error = await refusal('USAGE', () => open({}, terminal).propose(held({ API_TOKEN: 'old' })))
      assert.match(error.message, message)
    })
  }

  for (const check of ['true', [], { run: [] }, { run: 'true' }, { run: [1] }, { run: ['a'], http: {} }]) {
    test(`refused: check: ${JSON.stringify(check)}`, async () => {
      assert.match((await refusal('CONFIG', async () => open({ check }))).message, /^check: must be/)
    })
  }
})
