import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { manifestName, type Project } from './project.ts'

/** What is changed on two machines that do not hear of each other is lost on one of them: where lockstep.yaml names the
 *  only writer, all others are refused. A name without a dot is any machine's of that first part.
 *  @throws DENIED */
export const checkWriter = (
  { machine }: { readonly machine: Pick<Ports['machine'], 'hostname'> },
  { manifest: { onlyWriter } }: Pick<Project, 'manifest'>,
): void => {
  if (onlyWriter === null || isNamed(onlyWriter, machine.hostname)) return
  throw fail('DENIED', `secrets of this project are changed on ${onlyWriter} alone`, {
    at: `${manifestName}: only_writer`,
    hint: `do it there; or let go of that: take \`only_writer\` out of ${manifestName}, there too`,
  })
}

/** Whether this machine goes by that name. */
export const isNamed = (writer: string, hostname: string): boolean => {
  const [wanted, own] = [writer.toLowerCase(), hostname.toLowerCase()]
  return wanted === own || (!wanted.includes('.') && own.startsWith(`${wanted}.`))
}
