import { instancesOf } from '../containers/instances.ts'
import type { DesiredHost } from '../fleet/desired.ts'
import type { HostFacts, PageFacts } from '../fleet/host-facts.ts'
import { few } from '../names.ts'
import type { Shape } from '../shape.ts'
import { dictionary, flag, nullable, parseOrNull, shape, text } from '../shape.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'

export interface UnusedInput {
  readonly desired: DesiredHost
  readonly facts: HostFacts
  readonly owner: { readonly project: string; readonly environment: string }
}

/** What programs are given and never ask for, by what they say of themselves. One that has been up for less than a day has
 *  not shown yet what it needs. Of several instances all must agree. */
export const auditUnused = ({ desired, facts, owner }: UnusedInput): readonly Finding[] =>
  desired.containers.flatMap((container): readonly Finding[] => {
    const unused = instancesOf(container, owner, facts).map(({ status }) => unusedOn(status, facts.now))
    const [first, ...others] = unused
    if (first === undefined || unused.includes(null)) return []
    const names = (first ?? []).filter((name) => others.every((one) => one?.includes(name)))
    if (names.length === 0) return []
    return [
      finding('NEVER-READ', {
        host: desired.host,
        path: container.name,
        message: `has not asked for ${few(names)} since it started, for more than a day`,
        fix: `take what it does not need out of its groups in lockstep.yaml, and lockstep deploy`,
      }),
    ]
  })

const day = 86_400

/** Null where the page says nothing about it. */
const unusedOn = (page: PageFacts | null, now: number): readonly string[] | null => {
  const said = page?.code === 200 && page.body !== null ? readPage(page.body) : null
  const since = Date.parse(said?.loaded ?? '') / 1000
  if (said === null || said.secrets === null || !(now - since >= day)) return null
  const all = Object.entries(said.secrets).filter(([, { present }]) => present)
  if (all.some(([, { used }]) => used === null)) return null
  return all.flatMap(([name, { used }]) => (used === false ? [name] : []))
}

interface Said {
  readonly loaded: string | null
  readonly secrets: Readonly<Record<string, { readonly present: boolean; readonly used: boolean | null }>> | null
}

const page: Shape<Said> = shape({
  loaded: nullable(text),
  secrets: nullable(dictionary(shape({ present: flag, used: nullable(flag) }))),
})

const readPage = (body: string): Said | null => parseOrNull(body, page)
