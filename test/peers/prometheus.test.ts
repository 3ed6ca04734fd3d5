import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prometheusText } from '../../src/core/metrics/prometheus-text.ts'
import { must } from '../support/must.ts'

const reader = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.documentation, f.type, [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in text_string_to_metric_families(sys.stdin.read())]))
`

test('the parser of Prometheus’s own client reads what was meant, whatever is in it', () => {
  const odd = 'a"b\\c\nd{}=, é😀 \\n'
  const families = [
    { name: 'lockstep_a', help: 'with \\ and\nline end', samples: [{ labels: { host: odd, path: '' }, value: 1.5 }] },
    {
      name: 'lockstep_b',
      help: 'b',
      samples: [
        { labels: {}, value: 1_790_000_000.123 },
        { labels: { x: '1' }, value: 0 },
      ],
    },
    { name: 'lockstep_none', help: 'no samples', samples: [] },
  ]
  const read: unknown = JSON.parse(
    must('/usr/bin/python3', ['-c', reader], { input: new TextEncoder().encode(prometheusText(families)) }).toString(),
  )
  const expected = families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => [name, help, 'gauge', samples.map(({ labels, value }) => [name, labels, value])])
  assert.deepEqual(read, expected)
})
