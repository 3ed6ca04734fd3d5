/** ansible/plugins/plugin_utils/conversation.py: what a host may answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pythons, runPlugin } from '../support/plugins.ts'

for (const [name, python] of Object.entries(pythons())) {
  test(`what a host answers is passed on or is no answer, with ${name}`, () => {
    const said = runPlugin(
      python,
      'conversation',
      `
answers = ['{"ok":{"a":[1,null,"x"]}}', '', '{', '{"ok":NaN}', '{"ok":-Infinity}', '[' * 100000, '"' + 'x' * (12 << 20) + '"']
print(json.dumps([conversation.answer_in(text, 0) for text in answers]))
`,
    )
    const no = { say: 'silent', status: 0, reason: 'what came back cannot be read' }
    assert.deepEqual(JSON.parse(said), [
      { say: 'answer', answer: { ok: { a: [1, null, 'x'] } } },
      no,
      no,
      no,
      no,
      no,
      no,
    ])
  })

  test(`a ledger as long as a host may keep is passed on, with ${name}`, () => {
    const said = runPlugin(
      python,
      'conversation',
      `
ledger = ('x' * 80 + '\\n') * ((8 << 20) // 81)
print(conversation.answer_in(json.dumps({'ok': {'ledger': ledger}}), 0) == {'say': 'answer', 'answer': {'ok': {'ledger': ledger}}})
`,
    )
    assert.equal(said, 'True')
  })

  test(`of what is said at length the telling line is taken, with ${name}`, () => {
    const said = runPlugin(
      python,
      'words',
      `
new = 'Failed to connect: No ED25519 host key is known for 10.0.0.2 and you asked.\\r\\nHost key verification failed.\\r\\n'
changed = '@@@@\\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\\n@@@@\\nHost key verification failed.'
print(json.dumps([words.telling_line(text) for text in [new, changed, 'one\\n two \\n\\n', '', 'x' * 999]]))
`,
    )
    assert.deepEqual(JSON.parse(said), [
      'Failed to connect: No ED25519 host key is known for 10.0.0.2 and you asked.',
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @',
      'two',
      '',
      'x'.repeat(300),
    ])
  })
}
