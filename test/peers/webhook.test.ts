import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { call } from '../support/call.ts'
import { hookServer } from '../support/hook-server.ts'
import { must } from '../support/must.ts'
import { projectIn } from '../support/project.ts'

const page = readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', 'monitoring.md'), 'utf8')

test('what the page gives receivers checks a signature, and refuses a changed body, key or time', async (t) => {
  const server = await hookServer(t)
  const manifest = `project: shop\nalerts: [{ webhook: "${server.url}", sign: HOOK_KEY }]\n`
  const { ports } = await projectIn(t, { manifest, secrets: { ops: { HOOK_KEY: 'a key of the hook' } } })
  const now = { ...ports.clock, now: () => Date.now() }
  assert.equal((await call(['alerts', 'test'], { ...ports, clock: now })).status, 0)
  const { headers, body } = server.received[0] ?? assert.fail('nothing came')
  const [, snippet = ''] = /```python\n([^]*?)```/.exec(page) ?? []
  const script = `${snippet}
import json, sys
headers, body = json.load(sys.stdin)
body = body.encode()
old = dict(headers, **{'lockstep-timestamp': str(int(headers['lockstep-timestamp']) - 301)})
print([is_ours(b'a key of the hook', headers, body), is_ours(b'another key', headers, body),
       is_ours(b'a key of the hook', headers, body + b' '), is_ours(b'a key of the hook', old, body)])
`
  const input = new TextEncoder().encode(JSON.stringify([headers, body]))
  assert.equal(must('/usr/bin/python3', ['-c', script], { input }).toString(), '[True, False, False, False]\n')
})
