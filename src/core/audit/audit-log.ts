import type { LogProblem } from '../log/verify.ts'
import { finding, type Finding } from './findings.ts'

/** Told one by one; a log that was written anew would be nothing but findings. */
const mostTold = 20

/** What is wrong with the access log. One for each line, so that accepting what is known of one hides no other. */
export const auditLog = (problems: readonly LogProblem[]): readonly Finding[] => {
  const byPath = new Map<string, readonly string[]>()
  for (const one of problems) byPath.set(pathOf(one), [...(byPath.get(pathOf(one)) ?? []), one.message])
  const found = [...byPath].map(([path, messages]) => logFinding(path, messages.join('; ')))
  const more = found.length - mostTold
  if (more <= 0) return found
  return [
    ...found.slice(0, mostTold),
    logFinding(`${folder} and ${more} more`, `${more} places more are not as written`),
  ]
}

/** A log that cannot be read is as good as none. */
export const unreadableLog = (message: string): Finding => logFinding(`${folder}/access.jsonl`, message)

const folder = '.lockstep'

const pathOf = ({ file, line, kind }: LogProblem): string =>
  line === 0 ? `${folder}/${file} (${kind})` : `${folder}/${file}:${line}`

const logFinding = (path: string, message: string): Finding =>
  finding('ACCESS-LOG-CHANGED', {
    host: null,
    path,
    message,
    fix: 'lockstep log verify --fleet; once somebody knows how, lockstep audit --accept ACCESS-LOG-CHANGED --until DAY --reason WHY',
  })
