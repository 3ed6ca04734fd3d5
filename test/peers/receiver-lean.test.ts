/** ansible/plugins/module_utils/receiver/lean.py beside the modules of Python that it stands for. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')

/** Prints nothing where all holds. `lean` has the doors of the compiled parts, or those it takes without them. */
const python = (script: string, without: readonly string[]): string => {
  const input = `import sys
for name in ${JSON.stringify(without)}: sys.modules[name] = None
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver import lean
import hashlib, hmac, json, random
${script}`
  const { stdout, stderr } = spawnSync('python3', ['-B', '-'], { input, encoding: 'utf8' })
  return stdout + stderr
}

const ways: readonly (readonly [string, readonly string[]])[] = [
  ['the compiled parts', []],
  ['a Python without them', ['_json', '_sha2', '_sha256']],
]

for (const [name, without] of ways) {
  test(`${name}: JSON is what json makes of it`, () => {
    const script = `
draw = random.Random(7)
WORDS = ['', 'a', 'KEY', 'ü', '\\u2028', '\\x00\\x1f"\\\\/', '😀', '\\x7f', 'a' * 300]
def value(depth):
    kind = draw.randrange(8 if depth < 5 else 5)
    if kind < 2: return draw.choice(WORDS)
    if kind == 2: return draw.choice([None, True, False])
    if kind == 3: return draw.choice([0, -1, 7, 2 ** 70])
    if kind == 4: return draw.choice([0.5, -1e300, 1e-9])
    if kind == 5: return [value(depth + 1) for _ in range(draw.randrange(4))]
    return {draw.choice(WORDS) + str(draw.randrange(9)): value(depth + 1) for _ in range(draw.randrange(5))}
for _ in range(2000):
    one = value(0)
    assert lean.to_json(one) == json.dumps(one, sort_keys=True, separators=(',', ':')), one
    plain = json.dumps(one, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    assert lean.canonical_json(one) == plain.encode(), one
    for text in (plain, json.dumps(one, indent=1), ' \\r\\n\\t%s \\n' % plain):
        assert lean.from_json(text) == one, text
`
    assert.equal(python(script, without), '')
  })

  test(`${name}: what is no JSON is refused`, () => {
    const texts = [
      '',
      ' ',
      '{',
      '{}{}',
      '{} x',
      '[1,]',
      "{'a':1}",
      '{a:1}',
      'NaN',
      '[Infinity]',
      '"\n"',
      '01',
      '\f1',
      '\uFEFF1',
      'nul',
    ]
    const script = `
for text in ${JSON.stringify(texts)}:
    try: print('taken', repr(text), repr(lean.from_json(text)))
    except ValueError: pass
`
    assert.equal(python(script, without), '')
  })

  test(`${name}: SHA-256 and HMAC are those of hashlib and hmac`, () => {
    const script = `
draw = random.Random(8)
for _ in range(300):
    key, message = (bytes(draw.randrange(256) for _ in range(draw.randrange(size))) for size in (65, 300))
    assert lean.sha256(message).hexdigest() == hashlib.sha256(message).hexdigest()
    assert lean.hmac_sha256(key, message) == hmac.new(key, message, hashlib.sha256).digest()
`
    assert.equal(python(script, without), '')
  })
}
