import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { machine } from '../../src/io/machine.ts'

test('a process is alive until it has ended', async () => {
  const child = spawn('sleep', ['30'])
  const { pid } = child
  assert.ok(pid !== undefined)
  assert.equal(machine.isAlive(pid), true)
  const ended = once(child, 'exit')
  child.kill()
  await ended
  assert.equal(machine.isAlive(pid), false)
})

test(
  'one that has ended and that nobody has collected is not alive',
  { skip: process.platform !== 'linux' },
  async () => {
    // the shell becomes a program that knows nothing of its child; what it starts with & has no input unless it is given
    const parent = spawn('sh', ['-c', 'exec 3<&0; sh -c "read line <&3" & echo $!; exec sleep 30'])
    const [said] = await once(parent.stdout, 'data')
    const pid = Number(String(said))
    assert.equal(machine.isAlive(pid), true)
    parent.stdin.end('go\n')
    while (machine.isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.doesNotThrow(() => process.kill(pid, 0), 'it is still listed')
    parent.kill()
  },
)
