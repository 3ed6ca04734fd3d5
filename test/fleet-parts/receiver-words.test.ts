/** ansible/plugins/module_utils/receiver/programs.py: what is told of a program's complaint. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')
const script = `import json, sys
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver.programs import clean
print(json.dumps([clean(text) for text in json.load(sys.stdin)]))`

const cleaned = (texts: readonly string[]): readonly string[] => {
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

const port = 'failed to set up container networking: Bind for 127.0.0.1:8080 failed: port is already allocated'

test('of a complaint the cause is told, not the advice below it', () => {
  const cases: readonly (readonly [string, string])[] = [
    [`0123abcd\ndocker: Error response from daemon: ${port}\n\nRun 'docker run --help' for more information\n`, port],
    [`docker: Error response from daemon: ${port}.\nSee 'docker run --help'.\n`, `${port}.`],
    [
      `docker: invalid reference format\n\nRun 'docker run --help' for more information`,
      'docker: invalid reference format',
    ],
    ["unknown flag: --colour\n\nUsage:  docker run [OPTIONS]\n\nRun 'docker run --help'", 'unknown flag: --colour'],
    ['Error: short-name "a/b" did not resolve\n', 'Error: short-name "a/b" did not resolve'],
    [
      'ERROR: for worker  Cannot start it\nERROR: Encountered errors while bringing up the project.',
      'ERROR: for worker  Cannot start it',
    ],
    ['one\n\u001b[31mtwo\u0007\n \n', ' [31mtwo '],
    ["Run 'docker run --help' for more information", "Run 'docker run --help' for more information"],
    ['', 'no reason given'],
    [' \n\t\n', 'no reason given'],
  ]
  assert.deepEqual(
    cleaned(cases.map(([text]) => text)),
    cases.map(([, expected]) => expected),
  )
})

test('a long one is bounded, and keeps its end', () => {
  const [line = ''] = cleaned([`docker: Error response from daemon: ${'a'.repeat(5000)}: port is already allocated`])
  assert.equal(line.length, 300)
  assert.match(line, /^a{100} \.\.\. a+: port is already allocated$/)
})
