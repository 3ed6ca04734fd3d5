import { fail } from '../errors.ts'
import { quoted } from '../host-text.ts'
import { unitName } from '../manifest/environment.ts'

/** What the texts of a schedule are made from. */
export interface Installed {
  readonly project: string
  readonly environment: string
  /** The clone that the jobs work in. */
  readonly root: string
  /** The program that they start. */
  readonly program: string
  /** Where manage-secrets.sh is put. */
  readonly script: string
  /** What a job replaces with its figures when it ends; null: nothing. */
  readonly textfile: string | null
  /** The line that says of a file that it is ours, and whose. */
  readonly mark: string
}

/** The PATH of every job: cron's own is shorter. */
export const cronPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What all files of one schedule begin with. */
export const scheduleName = (owner: Pick<Installed, 'project' | 'environment'>): string => `lockstep-${unitName(owner)}`

export const installedOf = (given: {
  readonly project: string
  readonly environment: string
  readonly root: string
  readonly program: string
  readonly directory: string
  readonly textfile: string | null
}): Installed => {
  const { project, environment, root, program, directory, textfile } = given
  for (const path of [root, program]) checkPath(path)
  if (textfile !== null && !/^(\/[A-Za-z0-9._@+-]+)+$/.test(textfile)) {
    throw fail('USAGE', '--textfile is an absolute path of letters, digits and . _ @ + -', {
      hint: 'for example --textfile /var/lib/prometheus/node-exporter/lockstep.prom',
    })
  }
  return {
    project,
    environment,
    root,
    program,
    textfile,
    script: `${directory}/scripts/manage-secrets.sh`,
    mark: `# made by lockstep schedule install for ${environment} in ${root}; lockstep schedule remove takes it away`,
  }
}

/** A line end would begin a line of somebody else's. @throws UNSAFE */
const checkPath = (path: string): void => {
  if (!/[\p{Cc}\u2028\u2029]/u.test(path)) return
  throw fail('UNSAFE', 'a path with control characters cannot stand in a schedule', {
    at: path,
    hint: 'move the clone to another directory',
  })
}

/** One word for sh, whatever is in it but control characters. */
export const scheduleWord = (text: string): string => (/^[\w./:@+-]+$/.test(text) ? text : quoted(text))
