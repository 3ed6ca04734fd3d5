import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staying } from '../../src/cli/staying.ts'

const cases: readonly (readonly [text: string, inStaging: string])[] = [
  ['missing KEY: lockstep set KEY', 'missing KEY: lockstep set -E staging KEY'],
  ['lockstep create, or lockstep set NAME', 'lockstep create -E staging, or lockstep set -E staging NAME'],
  ['lockstep deploy -- -K', 'lockstep deploy -E staging -- -K'],
  ['lockstep init -E staging', 'lockstep init -E staging'],
  ['git rm --cached x, then lockstep rekey', 'git rm --cached x, then lockstep rekey -E staging'],
  ['lockstep set --help', 'lockstep set --help'],
  ['lockstep --help lists them', 'lockstep --help lists them'],
  ['lockstep puts it there', 'lockstep puts it there'],
  ['lockstep setup', 'lockstep setup -E staging'],
  ['lockstep settle', 'lockstep settle'],
  ['lockstep completion bash', 'lockstep completion bash'],
  ['/usr/bin/lockstep list', '/usr/bin/lockstep list'],
]

test('commands in a message are for the environment that was asked for', () => {
  for (const [text, expected] of cases) assert.equal(staying(text, 'staging'), expected)
})

test('the default environment needs no flag, and a name that is none is not repeated', () => {
  for (const environment of [undefined, 'production', '$(id)']) {
    for (const [text] of cases) assert.equal(staying(text, environment), text)
  }
})
