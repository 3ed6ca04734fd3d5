import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../src/core/alerts/alert-state.ts'
import type { Message } from '../../../src/core/alerts/alert-texts.ts'
import {
  bodyOf,
  messageJson,
  messagesOf,
  partsOf,
  slackJson,
  subjectOf,
  testMessage,
} from '../../../src/core/alerts/alert-texts.ts'
import { emailText } from '../../../src/core/alerts/email.ts'

const alert = (details: Partial<Alert['concern']> = {}, event: Alert['event'] = 'open'): Alert => ({
  id: 'x-1',
  event,
  at: 3_600_000,
  times: 1,
  concern: {
    key: 'k',
    id: 'WORLD-READABLE',
    severity: 'high',
    host: 'host1',
    path: '/opt/shop/x',
    message: 'mode is 644',
    fix: 'chmod 600 /opt/shop/x',
    since: 0,
    ...details,
  },
})

const message = (...alerts: readonly Alert[]): Message => ({
  project: 'shop',
  environment: 'production',
  isTest: false,
  alerts,
})

test('one line says what, and whether it is over', () => {
  assert.equal(subjectOf(message(alert())), 'shop production: high WORLD-READABLE host1 /opt/shop/x')
  assert.equal(subjectOf(message(alert({}, 'gone'))), 'shop production: gone: WORLD-READABLE host1 /opt/shop/x')
  assert.match(bodyOf(message(alert({}, 'gone'))), /gone after 1h: mode is 644/)
})

test('each is a message of its own, and a flood is few, none of them too large', () => {
  const place = { project: 'shop', environment: 'production' }
  assert.equal(messagesOf(place, Array(10).fill(alert())).length, 10)
  const sizes = (alerts: readonly Alert[]): readonly number[] =>
    messagesOf(place, alerts).map((one) => one.alerts.length)
  assert.deepEqual(sizes(Array(11).fill(alert())), [11])
  assert.deepEqual(sizes(Array(120).fill(alert())), [50, 50, 20])
  const long = alert({ path: '日'.repeat(5000), message: '日'.repeat(5000), fix: '日'.repeat(5000) })
  const messages = messagesOf(place, Array(50).fill(long))
  assert.equal(messages.flatMap(({ alerts }) => alerts).length, 50)
  assert.ok(messages.length > 1)
  for (const one of messages) assert.ok(Buffer.byteLength(messageJson(one)) < 129 * 1024)
})

test('a message about several hosts falls into one for each', () => {
  const [a, b] = [alert(), alert({ host: 'host2' })]
  assert.deepEqual(
    partsOf(message(a, b, a)).map(({ alerts }) => alerts),
    [[a, a], [b]],
  )
  assert.deepEqual(partsOf(message(a, a)), [])
})

const evil = 'a\r\nBcc: all@example.com\n\n<!channel> <https://evil|click> @everyone *x* \u001b[2J\u202e&'

test('what a host says cannot mention, link or format in Slack', () => {
  const said: unknown = JSON.parse(slackJson(message(alert({ path: evil, message: evil, fix: evil }))))
  const text = typeof said === 'object' && said !== null && 'text' in said ? String(said.text) : assert.fail()
  assert.doesNotMatch(text, /[<>\u001b\u202e]|@everyone|&(?!amp;|lt;|gt;)/)
  assert.ok(typeof said === 'object' && said !== null && 'mrkdwn' in said && said.mrkdwn === false)
})

test('what a host says cannot begin a header or end one', () => {
  const mail = emailText(message(alert({ path: `${evil} größer`, message: evil })), {
    to: ['ops@example.com', 'b@example.com'],
    from: 'me@example.com',
    now: 0,
  })
  const [head = '', body = ''] = mail.split('\n\n')
  const names = head
    .split('\n')
    .filter((line) => !line.startsWith(' '))
    .map((line) => line.split(':')[0])
  assert.deepEqual(names, [
    'From',
    'To',
    'Subject',
    'Date',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Auto-Submitted',
    'X-Lockstep-Alert',
  ])
  assert.ok(mail.split('\n').every((line) => line.length <= 998 && /^[\x20-\x7e]*$/.test(line)))
  const text = Buffer.from(body, 'base64').toString('utf8')
  assert.match(text, /high WORLD-READABLE host1 .*Bcc: all@example\.com .*größer/)
  assert.doesNotMatch(text, /\r|\u001b|\u202e/)
})

test('a subject in other letters is encoded whole', () => {
  const mail = emailText(message(alert({ path: 'größe-日本語-😀'.repeat(5) })), { to: ['a@b.c'], from: null, now: 0 })
  const words = [...mail.matchAll(/=\?utf-8\?B\?([A-Za-z0-9+/=]+)\?=/g)].map(([, word = '']) => word)
  const subject = words.map((word) => Buffer.from(word, 'base64').toString('utf8')).join('')
  assert.equal(subject, `[lockstep] shop production: high WORLD-READABLE host1 ${'größe-日本語-😀'.repeat(5)}`)
})

test('a program gets one object, every text on one line', () => {
  const { alerts, ...rest } = JSON.parse(messageJson(message(alert({ path: evil }))))
  assert.deepEqual(rest, { format: 1, project: 'shop', environment: 'production', test: false })
  const [first] = alerts
  assert.doesNotMatch(first.path, /[\r\n\u001b\u202e]/)
  assert.deepEqual(
    { ...first, path: '' },
    {
      id: 'x-1',
      event: 'open',
      severity: 'high',
      finding: 'WORLD-READABLE',
      host: 'host1',
      path: '',
      message: 'mode is 644',
      fix: 'chmod 600 /opt/shop/x',
      since: '1970-01-01T00:00:00Z',
      at: '1970-01-01T01:00:00Z',
      times: 1,
    },
  )
})

test('a test says that it is one, everywhere', () => {
  const trial = testMessage({ project: 'shop', environment: 'production' }, { id: 't', now: 0 })
  assert.match(subjectOf(trial), /a test of the alerts/)
  assert.match(bodyOf(trial), /nothing happened/)
  assert.equal(JSON.parse(messageJson(trial)).test, true)
})
