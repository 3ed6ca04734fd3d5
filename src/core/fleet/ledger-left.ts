import { fail } from '../errors.ts'
import { shellWord } from '../host-text.ts'
import type { Ledger } from './ledger.ts'
import { didYouMean } from '../suggest.ts'

/** A host that the ledger knows to hold secrets, and that is given nothing any more: it was taken out of the inventory,
 *  or its containers out of lockstep.yaml. */
export interface LeftHost {
  readonly host: string
  /** Number of the generation in force there, or of the last one staged. */
  readonly generation: number
  /** Where they lie; null where that was never written down. */
  readonly directory: string | null
}

/** In the order of their names. `given`: hosts that are given something. */
export const leftHosts = (ledger: Ledger, given: readonly string[]): readonly LeftHost[] =>
  Object.entries(ledger.hosts)
    .filter(([host, { generations }]) => generations.length > 0 && !given.includes(host))
    .map(([host, { current, generations, directory }]) => ({
      host,
      directory: directory ?? null,
      generation: current ?? Math.max(...generations.map((one) => one.number)),
    }))
    .sort((a, b) => (a.host < b.host ? -1 : 1))

export const leftWords = ({ generation }: Pick<LeftHost, 'generation'>): string =>
  `still holds generation ${generation} and is given nothing any more`

/** What to type there, then here. What lockstep.yaml says now of the directory was never true of this host, perhaps: only
 *  the one that it was delivered to is named, and only ours is removed. */
export const leftFix = (
  { host, directory }: Pick<LeftHost, 'host' | 'directory'>,
  owner: { readonly project: string; readonly environment: string },
): string => {
  const labels = [`project=${owner.project}`, `environment=${owner.environment}`]
  const filters = labels.map((label) => `--filter ${shellWord(`label=lockstep.${label}`)}`).join(' ')
  const containers = `docker ps -aq ${filters} | xargs -r docker rm -f`
  const there =
    directory === null
      ? `${containers}; then remove its directory, the one in which host.json names ${host} (it was not written down which that is)`
      : `test -f ${shellWord(`${directory}/host.json`)} && ${containers} && rm -r ${shellWord(directory)}`
  return `on ${host}, as root: ${there}; when that is done, or the machine is no more: lockstep deploy --forget ${shellWord(host)}`
}

/** The ledger without what it says these hosts hold. Their entries stay: older copies know them too, and would bring
 *  them back.
 *  @throws USAGE for a host that is given something, or holds nothing that the ledger knows of */
export const forgetHosts = (ledger: Ledger, names: readonly string[], given: readonly string[]): Ledger => {
  const left = leftHosts(ledger, given).map((one) => one.host)
  const wrong = names.find((name) => !left.includes(name))
  if (wrong !== undefined) throw cannotForget(wrong, left, given)
  const forgotten = Object.entries(ledger.hosts).map(([host, known]) => [
    host,
    names.includes(host) ? { ...known, current: null, generations: [] } : known,
  ])
  return names.length === 0 ? ledger : { ...ledger, hosts: Object.fromEntries(forgotten) }
}

const cannotForget = (name: string, left: readonly string[], given: readonly string[]): Error =>
  given.includes(name)
    ? fail('USAGE', 'this host is still given secrets and cannot be forgotten', {
        at: name,
        hint: 'take it out of the inventory, or its containers out of lockstep.yaml, first',
      })
    : fail('USAGE', `the ledger knows of nothing that this host holds${didYouMean(name, left)}`, {
        at: name,
        hint: left.length === 0 ? 'lockstep status names such hosts: there is none' : `there is: ${left.join(', ')}`,
      })
