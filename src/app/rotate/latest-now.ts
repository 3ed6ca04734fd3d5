import type { RotationContext } from './rotation-context.ts'

/** Now, in milliseconds since 1970: by the clock here, or by those of the hosts where most of them are ahead of it. A time
 *  after that was written by a clock that was wrong; where it is the one here that is wrong, nothing else is taken for it. */
export const latestNow = ({ ports, truth }: Pick<RotationContext, 'ports' | 'truth'>): number => {
  const clocks = truth.given().flatMap((host) => truth.facts(host)?.now ?? [])
  const middle = clocks.toSorted((a, b) => a - b)[Math.floor((clocks.length - 1) / 2)] ?? 0
  return Math.max(ports.clock.now(), middle * 1000)
}
