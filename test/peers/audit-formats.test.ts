/** What other programs read of an audit: by parsers that are not ours, with the worst names there can be. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { finding } from '../../src/core/audit/findings.ts'
import { junit } from '../../src/core/audit/junit.ts'
import { sarif } from '../../src/core/audit/sarif.ts'

const nasty = `a"b'<c>&amp;]]>\u0000\u001b[31m\u202e\ud800\nx\ufffe é`
const findings = [
  finding('WORLD-READABLE', { host: 'h1', path: nasty, message: nasty, fix: nasty }),
  finding('SCOPE-WIDE', { host: nasty, path: null, message: 'm', fix: 'f' }),
  finding('KEY-REMAINS', { host: null, path: 'secrets/a b.env', message: 'm', fix: 'f' }),
]

test('JUnit is XML, whatever hosts say, with a suite for each host and one for the project', () => {
  const text = junit({ hosts: ['h1', 'h2'], findings, isFailure: ({ severity }) => severity === 'high' })
  const script = `
import sys, json, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([[suite.get('tests'), suite.get('failures'), suite.get('skipped'), len(suite.findall('testcase')),
                   len(suite.findall('testcase/failure')), len(suite.findall('testcase/skipped'))] for suite in root]))`
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], { input: text, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), [
    ['1', '1', '0', 1, 1, 0],
    ['1', '0', '1', 1, 0, 1],
    ['1', '1', '0', 1, 1, 0],
    ['1', '0', '0', 1, 0, 0],
  ])
})

test('a host’s words make no link in SARIF', () => {
  const text = JSON.stringify(
    sarif([finding('UNKNOWN-FILE', { host: 'h', path: '[fix](https://x)', message: 'm', fix: 'f' })]),
  )
  assert.match(text, /\\\\\[fix\\\\\]\(https/)
})

test('SARIF names each rule once, and places outside the repository are no files', () => {
  const script = `
import sys, json
run = json.load(sys.stdin)['runs'][0]
rules = [rule['id'] for rule in run['tool']['driver']['rules']]
assert rules == sorted(set(rules))
for result in run['results']:
    assert rules[result['ruleIndex']] == result['ruleId']
    assert result['level'] in ('error', 'warning', 'note', 'none')
    assert (result['level'] == 'none') == (result.get('kind', 'fail') != 'fail')
print(json.dumps([sorted(result['locations'][0]) for result in run['results']]))
print(run['results'][2]['locations'][0]['physicalLocation']['artifactLocation']['uri'])`
  const input = JSON.stringify(sarif(findings))
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.equal(stdout, '[["logicalLocations"], ["logicalLocations"], ["physicalLocation"]]\nsecrets/a%20b.env\n')
})
