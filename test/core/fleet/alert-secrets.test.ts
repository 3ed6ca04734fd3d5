import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertSecretsOn } from '../../../src/core/fleet/alert-secrets.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'

const hook = 'alerts: [{ webhook: "https://ops.example.com/hook", sign: HOOK_KEY }]\n'
const api = 'containers: { api: { hosts: all, groups: [app], image: shop/api } }\n'
const secrets = [
  { name: 'HOOK_KEY', group: 'alerts' },
  { name: 'SLACK_URL', group: 'app' },
  { name: 'A', group: 'app' },
]

for (const [text, hosts, wanted] of [
  [hook, ['host1 app'], []],
  [
    hook,
    ['host1 app alerts', 'host2 alerts'],
    [
      'group alerts: alerts use HOOK_KEY, and it goes to host1, host2: while lockstep.yaml declares no containers, every host gets every group',
    ],
  ],
  [`${hook}${api}`, ['host1 app'], []],
  [
    `alerts: [{ slack: SLACK_URL }, { webhook: "https://x.example.com/", sign: SLACK_URL }]\n${api}`,
    ['host1 app', 'host2'],
    ['group app: alerts use SLACK_URL, and it goes to host1: a group that no container is given keeps it here'],
  ],
  ['alerts: [{ slack: NOT_SET }, { webhook: "https://x.example.com/" }, { stderr: true }]\n', ['host1 app'], []],
] as const) {
  test(`secrets of alerts on hosts: ${text.split('\n').join(' ')}${hosts.join('; ')}`, () => {
    const manifest = parseManifest(`project: shop\n${text}`, { at: 'lockstep.yaml' })
    const placed = hosts.map((line) => {
      const [host = '', ...groups] = line.split(' ')
      return { host, groups }
    })
    const notes = alertSecretsOn(manifest, placed, secrets)
    assert.deepEqual(
      notes.map(({ at, message }) => `${at}: ${message}`),
      wanted,
    )
  })
}
