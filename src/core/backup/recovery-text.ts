import { fail, type SecretsError } from '../errors.ts'
import { isPathName } from '../names.ts'
import { Secret } from '../secret.ts'

/** What opens every backup without the project. It is shown or written once, and kept nowhere by lockstep. */
export interface RecoveryIdentity {
  readonly project: string
  readonly environment: string
  /** Of the project key: an archive that somebody made for the public recipient has another one. */
  readonly check: string
  readonly recipient: string
  /** `AGE-SECRET-KEY-1…` */
  readonly key: Secret
}

/** An age identity file: `age -d -i FILE` takes it as well. */
export const printRecovery = ({ project, environment, check, recipient, key }: RecoveryIdentity): Secret =>
  new Secret(
    [
      '# lockstep recovery identity: with it and a backup everything can be restored, by anybody',
      '# keep it away from all hosts and from this machine: on paper, or in another vault',
      `# project: ${project}`,
      `# environment: ${environment}`,
      `# project key: ${check}`,
      `# public key: ${recipient}`,
      key.reveal(),
      '',
    ].join('\n'),
  )

/** Reads it back, however it was copied: blanks and case do not matter. `recipient` is what its comment says.
 *  @throws USAGE saying what is missing */
export const parseRecovery = (text: Secret, at: string): RecoveryIdentity => {
  const lines = text
    .reveal()
    .split(/\r?\n/)
    .map((line) => line.trim())
  const comment = (name: string): string =>
    lines
      .map((line) => new RegExp(`^#\\s*${name}:\\s*(\\S+)$`, 'i').exec(line)?.[1])
      .find((one) => one !== undefined) ?? ''
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const [key = ''] = keys
  if (keys.length !== 1 || !/^AGE-SECRET-KEY-1[A-Z0-9]{10,}$/i.test(key)) {
    if (/^lockstep-share/i.test(key))
      throw notWhole(at, 'this is a share', '--share FILE once for each share, in place of --identity')
    throw notWhole(at, 'no recovery identity in this file', 'the line AGE-SECRET-KEY-1… with the comments above it')
  }
  const [project, environment] = [comment('project'), comment('environment')]
  const [check, recipient] = [comment('project key').toLowerCase(), comment('public key').toLowerCase()]
  if (!isPathName(project) || !isPathName(environment) || !/^[0-9a-f]{32}$/.test(check)) {
    const hint = 'copy the lines with # as well: they tell a forged backup from a real one'
    throw notWhole(at, 'the recovery identity is not whole', hint)
  }
  return { project, environment, check, recipient, key: new Secret(key.toUpperCase()) }
}

const notWhole = (at: string, message: string, hint: string): SecretsError => fail('USAGE', message, { at, hint })
