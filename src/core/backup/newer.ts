import type { Metadata } from '../secrets/metadata.ts'
import { few } from '../names.ts'

/** What a project knows that an older state of it does not, in words; empty when nothing would be lost. */
export const newerThan = (live: Metadata, archived: Metadata): readonly string[] => {
  const secrets = Array.from(live.files, ([path, records]) => {
    const old = archived.files.get(path)
    return Array.from(records)
      .filter(([name, { version }]) => version > (old?.get(name)?.version ?? 0))
      .map(([name]) => `${name} in ${path}`)
  }).flat()
  const people = [...live.operators.keys()].filter((name) => !archived.operators.has(name))
  const isOtherRecovery = live.recovery !== null && live.recovery.recipient !== archived.recovery?.recipient
  return [
    ...(secrets.length === 0 ? [] : [`newer here: ${few(secrets)}`]),
    ...(people.length === 0 ? [] : [`operators only here: ${few(people)}`]),
    ...(isOtherRecovery ? ['another recovery identity is in use here'] : []),
  ]
}
