/** A process of its own that writes fifty entries: `node log-writer.ts ROOT NAME`. Its clock jumps by ten years. */
import { append } from '../../src/app/log/append.ts'
import { logPlace } from '../../src/app/log/log-place.ts'
import { logSeal } from '../../src/crypto/log-seal.ts'
import { wire } from '../../src/wire.ts'
import { anAccess, logKeys } from './log.ts'

const [root = '', run = ''] = process.argv.slice(2)
const ports = wire()
const place = logPlace(ports.machine, { root, environment: 'production' })
const tenYears = 10 * 365 * 86_400_000

for (let i = 0; i < 50; i++) {
  const at = new Date(Date.now() + ((i % 3) - 1) * tenYears).toISOString()
  await append(ports, place, logSeal(logKeys), [anAccess({ at, run, why: String(i) })])
}
