import { isoTime } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import { isPathName, quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { didYouMean } from '../../core/suggest.ts'
import { changeProject, type ChangePorts } from './change-project.ts'
import type { OpenProject } from './open-project.ts'
import { rekeyProject, type Rekeyed, type RekeyPorts } from './rekey.ts'

export interface ListedOperator {
  readonly name: string
  readonly recipient: string
  /** ISO time in UTC. */
  readonly added: string
}

/** Who has a file of their own in secrets/operators, by name. */
export const listOperators = async (open: Pick<OpenProject, 'metadata'>): Promise<readonly ListedOperator[]> =>
  Array.from((await open.metadata()).operators, ([name, operator]) => ({ name, ...operator })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )

/** Wraps the project password for one more person: `age1…`, or the line of an ssh public key. The same person with the
 *  same key again changes nothing.
 *  @throws USAGE for a name or key that is none; CONFLICT when the name has another key */
export const addOperator = async (
  ports: ChangePorts,
  open: OpenProject,
  { name, recipient: text }: { readonly name: string; readonly recipient: string },
): Promise<{ readonly added: boolean; readonly recipient: string }> => {
  if (!isPathName(name)) {
    throw fail('USAGE', `${quoteName(name)} cannot be an operator's name`, { hint: 'small letters, digits, - and _' })
  }
  const { checkRecipient, sealToRecipients } = await import('../../crypto/age.ts')
  const recipient = checkRecipient(text)
  const existing = (await open.metadata()).operators.get(name)
  const path = `${open.project.paths.secretsName}/operators/${name}.age`
  const isThere = (await ports.files.stat(`${open.project.root}/${path}`)) !== null
  if (existing?.recipient === recipient && isThere) return { added: false, recipient }
  if (existing !== undefined && existing.recipient !== recipient) {
    throw fail('CONFLICT', `${name} has another key already`, { hint: `lockstep operators remove ${name}` })
  }
  const bytes = await sealToRecipients(new TextEncoder().encode(`${open.password.reveal()}\n`), [recipient])
  const added = existing?.added ?? isoTime(ports.clock.now())
  await changeProject(ports, open, {
    operators: (operators) => new Map(operators).set(name, { recipient, added }),
    files: [{ path, bytes }],
  })
  return { added: true, recipient }
}

/** Takes a person out: a new password and a new project key for everything. What they could read stays known to
 *  them, so it comes back as `secrets`, to be replaced.
 *  @throws NOT_FOUND; as rekeyProject */
export const removeOperator = async (
  ports: RekeyPorts & Pick<Ports, 'clock'>,
  open: OpenProject,
  { name, password = null }: { readonly name: string; readonly password?: Secret | null },
): Promise<Rekeyed> => {
  const { operators } = await open.metadata()
  if (!operators.has(name)) {
    throw fail('NOT_FOUND', `no operator ${quoteName(name)}${didYouMean(name, operators.keys())}`, {
      hint: 'lockstep operators list',
    })
  }
  return rekeyProject(ports, open, { password, projectKey: true, without: name })
}
