import type { Step } from '../../core/rotate/rotator.ts'
import { flag, integer, list, nullable, shape, text, type Shape } from '../../core/shape.ts'
import { nothing, type Api, type Asked } from './api.ts'
import { failAt } from './fail-at.ts'
import type { Login, Reach } from './login.ts'

/** A public key that may read, or write, one repository. */
export interface DeployKey {
  readonly id: number
  readonly key: string
  readonly title: string
  readonly verified: boolean
  readonly read_only: boolean
  /** False where the organisation does not allow them (any more); null: an older server. */
  readonly enabled: boolean | null
}

/** It becomes a mark, which is shown. */
const title: Shape<string> = (value, at) => text(value, at).replace(/\p{C}/gu, '').slice(0, 100)

const deployKey = shape<DeployKey>({
  id: integer,
  key: text,
  title,
  verified: flag,
  read_only: flag,
  enabled: nullable(flag),
})

/** The deploy keys of a repository. GitHub cannot change one. Each call: @throws DENIED, UNAVAILABLE, CONFIG */
export interface RepositoryKeys {
  all(step: Step): Promise<readonly DeployKey[]>
  add(step: Step, key: Pick<DeployKey, 'key' | 'title' | 'read_only'>): Promise<DeployKey>
  /** Also where it is gone already. */
  remove(step: Step, id: number): Promise<void>
}

export const repositoryKeys = (reach: Reach, api: Api, login: Login): RepositoryKeys => {
  const call = async (step: Step, tail = ''): Promise<Asked> => ({
    path: `/repos/${reach.owner}/${reach.repository ?? ''}/keys${tail}`,
    token: await login.token(step, reach),
    signal: step.signal,
    at: reach.at,
  })
  const right = 'the login needs the permission administration=write'
  return {
    all: async (step) => {
      const found = await api.all(await call(step), list(deployKey))
      if (found !== null) return found
      const message = 'there is no such repository at GitHub, or the login may not administer it'
      throw failAt(reach.at, 'CONFIG', message, `is its name right? ${right}`)
    },
    add: async (step, body) => {
      const answer = await api.ask({ ...(await call(step)), method: 'POST', body }, deployKey)
      if (answer !== null) return answer.value
      throw failAt(reach.at, 'CONFIG', 'the keys may be listed at GitHub, and none may be added', right)
    },
    remove: async (step, id) => {
      await api.ask({ ...(await call(step, `/${id}`)), method: 'DELETE' }, nothing)
    },
  }
}
