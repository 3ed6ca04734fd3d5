import type { OpenCredential } from '../../core/rotate/journal.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'

/** Hosts that are given it, whether they answer or not. */
export const hostsOf = (
  truth: Pick<FleetTruth, 'given' | 'rung' | 'desired'>,
  { group, host, names }: Pick<OpenCredential, 'group' | 'host' | 'names'>,
): readonly string[] =>
  truth.given().filter((one) => {
    if (truth.rung(one) === null) return host === null || host === one
    const [scope] = truth.desired(one).scopes
    const has = scope?.secrets.some((each) => each.group === group && each.host === host && names.includes(each.name))
    // a value that is not there yet has a place already
    return has === true || (host === null && scope?.groups.includes(group) === true && !hasOwn(scope.secrets, names))
  })

/** Hosts that are given any of them. */
export const hostsOfAll = (truth: Parameters<typeof hostsOf>[0], all: readonly OpenCredential[]): readonly string[] => [
  ...new Set(all.flatMap((one) => hostsOf(truth, one))),
]

const hasOwn = (secrets: readonly { readonly name: string }[], names: readonly string[]): boolean =>
  secrets.some(({ name }) => names.includes(name))
