import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { SecretsError } from '../../src/core/errors.ts'
import { files } from '../../src/io/files.ts'
import { bytesOf, temporary } from '../support/temporary.ts'

const rounds = 1500

/** Keeps swapping `directory` for a link to the outside and back, as fast as it can. */
const racer = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  const { parentPort, workerData: { root, flag } } = require('node:worker_threads')
  const stop = new Int32Array(flag)
  parentPort.postMessage('running')
  while (Atomics.load(stop, 0) === 0) {
    renameSync(root + '/directory', root + '/kept')
    symlinkSync(root + '/outside', root + '/directory')
    unlinkSync(root + '/directory')
    renameSync(root + '/kept', root + '/directory')
  }
`

test('swapping a parent for a link while we write never gets us outside', async (t) => {
  const root = temporary(t, { 'outside/victim': 'untouched' })
  mkdirSync(join(root, 'directory'))
  writeFileSync(join(root, 'directory/victim'), 'mine')
  const flag = new SharedArrayBuffer(4)
  const worker = new Worker(racer, { eval: true, workerData: { root, flag } })
  await once(worker, 'message')
  const target = join(root, 'directory/victim')
  let [done, refused] = [0, 0]
  for (let i = 0; i < rounds; i++) {
    try {
      await (i % 3 === 0
        ? files.remove(target, { under: root })
        : files.write(target, bytesOf('mine'), { under: root }))
      done++
    } catch (error) {
      if (!(error instanceof SecretsError) || !['UNSAFE', 'NOT_FOUND'].includes(error.code)) throw error
      refused++
    }
  }
  Atomics.store(new Int32Array(flag), 0, 1)
  await once(worker, 'exit')
  assert.ok(done > 0 && refused > 0, `${done} done, ${refused} refused: the race did not happen`)
  assert.deepEqual(readdirSync(join(root, 'outside')), ['victim'])
  assert.equal(readFileSync(join(root, 'outside/victim'), 'utf8'), 'untouched')
})
