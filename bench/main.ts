/** `npm run bench [-- SUBJECT…]`: what is fast, and against whom. Never a test: a slow machine is not a fault.
 *  `--json FILE` writes the figures too. */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { table } from '../src/cli/table.ts'
import { measure, type Measured, type Subject } from './compare.ts'
import { audit } from './audit.ts'
import { commands } from './commands.ts'
import { decrypt } from './decrypt.ts'
import { library } from './library.ts'
import { fleet10, fleet30 } from './fleet.ts'
import { rekey } from './rekey.ts'
import { rotation } from './rotation.ts'
import { rotationPlan } from './rotation-plan.ts'

/** A new subject is its file and one line here. */
const subjects: readonly Subject[] = [
  decrypt,
  commands,
  rekey,
  library,
  fleet10,
  fleet30,
  audit,
  rotationPlan,
  rotation,
]

const run = async (subject: Subject): Promise<readonly Measured[]> => {
  console.error(`${subject.name}: preparing`)
  const { figures, missing = [], clean } = await subject.prepare()
  try {
    for (const reason of missing) console.error(`  not compared: ${reason}`)
    const measured: Measured[] = []
    for (const figure of figures) {
      console.error(`  ${figure.name}`)
      measured.push(...(await measure(figure)))
    }
    return measured
  } finally {
    await clean?.()
  }
}

const row = ({ figure, ours, rival, ratio, cpuRatio, promise }: Measured): readonly string[] => [
  figure,
  ours.name,
  ours.ms.toFixed(1),
  ours.cpu?.toFixed(1) ?? '-',
  rival.name,
  rival.ms.toFixed(1),
  rival.cpu?.toFixed(1) ?? '-',
  `${ratio.toFixed(2)}x`,
  cpuRatio === null ? '-' : `${cpuRatio.toFixed(2)}x`,
  promise,
]

const at = process.argv.indexOf('--json')
const file = at < 0 ? null : (process.argv[at + 1] ?? null)
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-') && word !== file)
const measured: Measured[] = []
for (const subject of subjects) {
  if (wanted.length === 0 || wanted.includes(subject.name)) measured.push(...(await run(subject)))
}
const load = loadavg()[0]?.toFixed(1) ?? '?'
console.log(`medians in ms of the clock, and of processor time (user and system, all cores) of the programs run
${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, load ${load}; Node ${process.version}
`)
const heading = ['FIGURE', 'OURS', 'MS', 'CPU', 'RIVAL', 'MS', 'CPU', 'RATIO', 'CPU RATIO', 'PROMISE']
console.log(table([heading, ...measured.map(row)]))
if (file !== null) writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`)
