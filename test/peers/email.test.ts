import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../src/core/alerts/alert-state.ts'
import { emailText } from '../../src/core/alerts/email.ts'
import { must } from '../support/must.ts'

const reader = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({'names': m.keys(), 'to': [a.addr_spec for a in m['To'].addresses], 'from': m['From'].addresses[0].addr_spec,
  'subject': m['Subject'], 'when': m['Date'].datetime.isoformat(), 'body': m.get_content(), 'defects': [str(d) for d in m.defects]}))
`

test('a mail reader finds what was meant, and no header that a host wrote', () => {
  const path = 'größe\r\nBcc: all@example.com\n\n日本語'
  const concern = {
    key: 'k',
    id: 'WORLD-READABLE',
    severity: 'high' as const,
    host: 'host1',
    path,
    message: 'mode is 644',
    fix: 'chmod 600 x',
    since: 0,
  }
  const alert: Alert = { id: 'x-1', event: 'open', concern, at: 0, times: 1 }
  const message = { project: 'shop', environment: 'production', isTest: false, alerts: [alert] }
  const to = ['ops@example.com', 'b+c@example.org']
  const mail = emailText(message, { to, from: 'l@example.com', now: Date.parse('2026-11-22T06:00:00Z') })
  const read = JSON.parse(
    must('/usr/bin/python3', ['-c', reader], { input: new TextEncoder().encode(mail) }).toString(),
  )
  assert.deepEqual([read.to, read.from, read.defects], [to, 'l@example.com', []])
  assert.ok(!read.names.includes('Bcc'))
  const shown = 'high WORLD-READABLE host1 größe Bcc: all@example.com 日本語'
  assert.equal(read.subject, `[lockstep] shop production: ${shown}`)
  assert.equal(read.body, `${shown}\n  mode is 644\n  chmod 600 x\n`)
  assert.equal(read.when, '2026-11-22T06:00:00+00:00')
})
