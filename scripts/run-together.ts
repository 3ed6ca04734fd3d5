/** node run-together.ts TIMEOUT FILE…: test files one after the other in this process; tells its parent. */
import { run } from 'node:test'
import { follow, type Told } from './test-events.ts'

const [timeout, ...files] = process.argv.slice(2)

await follow(run({ files, isolation: 'none', timeout: Number(timeout) }), (told: Told) => void process.send?.(told))
// what a failed test left behind must not hold this open
process.send?.('end', () => process.exit())
