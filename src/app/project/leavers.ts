import type { ProjectFacts } from '../../core/audit/audit-project.ts'
import { isoTime } from '../../core/duration.ts'
import type { Git } from '../git/ask-git.ts'
import type { OpenProject } from './open-project.ts'

/** Operators whose file was taken out of the repository, with every value in force that is older than that. Who is an
 *  operator again has not left. */
export const leaversOf = async (git: Git | null, open: OpenProject): Promise<ProjectFacts['leavers']> => {
  const { operators, files } = await open.metadata()
  const format = ['--diff-filter=D', '--no-renames', '--format=%x01%ct', '--name-only', '-z']
  const said = await git?.('log', ...format, '--', open.project.paths.operators)
  const left = parseLog(said ?? '').filter(({ name }) => !operators.has(name))
  const known = Array.from(files).flatMap(([, records]) =>
    Array.from(records).flatMap(([name, record]) => (record.fingerprint === null ? [] : [{ name, set: record.set }])),
  )
  return left.map(({ name, at }) => ({
    name,
    left: at,
    secrets: [...new Set(known.filter(({ set }) => set <= at).map((one) => one.name))].toSorted(),
  }))
}

/** `\1<seconds>\0\n<path>\0…` for each commit, newest first; the last time that somebody left counts. */
const parseLog = (log: string): readonly { readonly name: string; readonly at: string }[] => {
  const found = new Map<string, string>()
  for (const commit of log.split('\u0001').slice(1)) {
    const [seconds = '', ...paths] = commit.split(/[\0\n]+/)
    for (const path of paths) {
      const name = /([a-z0-9_-]+)\.age$/.exec(path)?.[1]
      if (name !== undefined && !found.has(name)) found.set(name, isoTime(Number(seconds) * 1000))
    }
  }
  return Array.from(found, ([name, at]) => ({ name, at }))
}
