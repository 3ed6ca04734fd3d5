import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addContainer,
  dropEmptyGroup,
  addGroup,
  declareKey,
  undeclareKey,
} from '../../../src/core/manifest/manifest-edit.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'

const flow = `# the shop
project: shop   # name

groups:
  aws:     { keys: [A, B], rotate: { with: person } }   # cloud
  session: { keys: [S] }
# containers follow
containers:
  api: { hosts: all, groups: [aws], image: a/b }
`

const block = `project: shop
groups:
  aws:
    keys:
      - A   # first
      - B
    rotate:
      with: person
rollout: { at_once: 2 }`

interface Edit {
  readonly name: string
  readonly before: string
  readonly edit: (text: string) => string
  readonly after: readonly [find: string, put: string]
}

const edits: readonly Edit[] = [
  {
    name: 'a key in a flow list',
    before: flow,
    edit: (text) => declareKey(text, 'aws', 'C'),
    after: ['[A, B]', '[A, B, C]'],
  },
  {
    name: 'a key in a block list',
    before: block,
    edit: (text) => declareKey(text, 'aws', 'C'),
    after: ['      - B\n', '      - B\n      - C\n'],
  },
  { name: 'a key that is there', before: flow, edit: (text) => declareKey(text, 'aws', 'B'), after: ['', ''] },
  {
    name: 'a key in a new group',
    before: flow,
    edit: (text) => declareKey(text, 'cdn', 'C'),
    after: ['  session: { keys: [S] }\n', '  session: { keys: [S] }\n  cdn: { keys: [C] }\n'],
  },
  {
    name: 'a key in an empty list',
    before: 'project: s\ngroups: { a: { keys: [] } }\n',
    edit: (text) => declareKey(text, 'a', 'C'),
    after: ['[]', '[C]'],
  },
  {
    name: 'a key of a group that lists none',
    before: 'project: s\ngroups: { a: {} }\n',
    edit: (text) => declareKey(text, 'a', 'C'),
    after: ['', ''],
  },
  {
    name: 'a group behind a block',
    before: block,
    edit: (text) => addGroup(text, 'cdn', null),
    after: ['      with: person\n', '      with: person\n  cdn: {}\n'],
  },
  {
    name: 'the first group',
    before: 'project: s',
    edit: (text) => addGroup(text, 'a', ['K']),
    after: ['project: s', 'project: s\ngroups:\n  a: { keys: [K] }\n'],
  },
  {
    name: 'a group in an empty flow map',
    before: 'project: s\ngroups: {}\n',
    edit: (text) => addGroup(text, 'a', null),
    after: ['{}', '{ a: {} }'],
  },
  {
    name: 'a group in a flow map',
    before: 'project: s\ngroups: { b: {} } # x\n',
    edit: (text) => addGroup(text, 'a', null),
    after: ['{ b: {} }', '{ b: {}, a: {} }'],
  },
  {
    name: 'a container',
    before: flow,
    edit: (text) => addContainer(text, 'worker', { hosts: 'all:!x', groups: ['aws'], systemd: 'w.service' }),
    after: ['image: a/b }\n', 'image: a/b }\n  worker: { hosts: all:!x, groups: [aws], systemd: w.service }\n'],
  },
  {
    name: 'the first key away',
    before: flow,
    edit: (text) => undeclareKey(text, 'aws', 'A'),
    after: ['[A, B]', '[B]'],
  },
  { name: 'the last key away', before: flow, edit: (text) => undeclareKey(text, 'aws', 'B'), after: ['[A, B]', '[A]'] },
  { name: 'the only key away', before: flow, edit: (text) => undeclareKey(text, 'session', 'S'), after: ['[S]', '[]'] },
  {
    name: 'a key of a block away',
    before: block,
    edit: (text) => undeclareKey(text, 'aws', 'A'),
    after: ['      - A   # first\n', ''],
  },
  {
    name: 'an only key of a block away',
    before: block.replace('      - B\n', ''),
    edit: (text) => undeclareKey(text, 'aws', 'A'),
    after: ['- A ', '[] '],
  },
  {
    name: 'an empty group away, the last of a block',
    before: 'project: shop\ngroups:\n  a:\n    keys: [A] # one\n  empty:\n    keys: [] # was\n# end\n',
    edit: (text) => dropEmptyGroup(text, 'empty'),
    after: ['  empty:\n    keys: [] # was\n', ''],
  },
  {
    name: 'an empty group away, the first of a flow',
    before: 'project: shop\ngroups: { a: { keys: [] }, b: { keys: [X] } }\n',
    edit: (text) => dropEmptyGroup(text, 'a'),
    after: ['a: { keys: [] }, ', ''],
  },
  {
    name: 'an empty group that says more stays',
    before: 'project: shop\ngroups: { a: { keys: [], rotate: { with: person } }, b: { keys: [X] } }\n',
    edit: (text) => dropEmptyGroup(text, 'a'),
    after: ['', ''],
  },
  {
    name: 'the only group stays',
    before: 'project: shop\ngroups: { a: { keys: [] } }\n',
    edit: (text) => dropEmptyGroup(text, 'a'),
    after: ['', ''],
  },
  { name: 'a group with keys stays', before: flow, edit: (text) => dropEmptyGroup(text, 'aws'), after: ['', ''] },
  { name: 'an unknown key away', before: flow, edit: (text) => undeclareKey(text, 'aws', 'Z'), after: ['', ''] },
]

for (const { name, before, edit, after } of edits) {
  test(`edit: ${name}`, () => {
    const edited = edit(before)
    assert.equal(
      edited,
      before.replace(after[0], () => after[1]),
    )
    parseManifest(edited, { at: 'lockstep.yaml' })
  })
}

test('what is there is not added again', () => {
  assert.throws(() => addGroup(flow, 'aws', []), { code: 'CONFLICT' })
})
