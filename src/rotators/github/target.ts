import { didYouMean } from '../../core/suggest.ts'
import type { Settings } from '../../core/rotators/settings.ts'
import type { Reach } from './login.ts'

/** One place at GitHub that keeps a secret. */
export interface Target extends Reach {
  /** As the manifest names it: `actions:acme/api`. */
  readonly at: string
  /** Where its secrets are, behind the endpoint. */
  readonly path: string
}

const owner = '[A-Za-z0-9][A-Za-z0-9_-]{0,38}'
const repository = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]{1,100}`
const whole = new RegExp(`^(${owner})/(${repository})$`)

interface Place {
  /** Owner, and where there are any repository and environment. */
  readonly form: RegExp
  readonly example: string
  /** Of an App, and of a fine-grained token. */
  readonly permission: string
  readonly under: (environment: string) => string
}

const places: Readonly<Record<string, Place>> = {
  actions: { form: whole, example: 'OWNER/REPOSITORY', permission: 'secrets', under: () => '/actions' },
  dependabot: {
    form: whole,
    example: 'OWNER/REPOSITORY',
    permission: 'dependabot_secrets',
    under: () => '/dependabot',
  },
  environment: {
    form: new RegExp(String.raw`^(${owner})/(${repository})/([^\p{C}]{1,255})$`, 'u'),
    example: 'OWNER/REPOSITORY/NAME',
    permission: 'environments',
    under: (environment) => `/environments/${encodeURIComponent(environment)}`,
  },
  org: {
    form: new RegExp(`^(${owner})$`),
    example: 'ORGANISATION',
    permission: 'organization_secrets',
    under: () => '/actions',
  },
}

/** `to:` of a secret. @throws CONFIG */
export const targetsIn = (settings: Settings): readonly Target[] => {
  const named = settings.texts('to') ?? []
  if (named.length === 0) {
    throw settings.wrong('to', 'is missing: nobody says where it goes', 'to: [actions:OWNER/REPOSITORY]')
  }
  const twice = named.find((one, index) => named.indexOf(one) !== index)
  if (twice !== undefined) throw settings.wrong('to', `${twice} is there twice`)
  return named.map((one) => targetOf(one, settings))
}

const targetOf = (at: string, settings: Settings): Target => {
  const [kind = '', rest = ''] = at.split(/:(.*)/s)
  const place = Object.hasOwn(places, kind) ? places[kind] : undefined
  if (place === undefined) {
    const names = Object.keys(places)
    throw settings.wrong('to', `no place begins with this${didYouMean(kind, names)}`, `${names.join(':…, ')}:…`)
  }
  const [, of = '', named = null, environment = ''] = place.form.exec(rest) ?? []
  if (of === '') throw settings.wrong('to', `must be ${kind}:${place.example}`)
  const base = named === null ? `/orgs/${of}` : `/repos/${of}/${named}`
  const path = `${base}${place.under(environment)}/secrets`
  return { at, owner: of, repository: named, permissions: { [place.permission]: 'write' }, path }
}

/** `repository:` @throws CONFIG */
export const repositoryIn = (settings: Settings): Pick<Reach, 'at' | 'owner' | 'repository'> => {
  const at = settings.text('repository') ?? ''
  const [, of = '', named = ''] = whole.exec(at) ?? []
  if (of !== '') return { at, owner: of, repository: named }
  throw settings.wrong('repository', at === '' ? 'is missing' : 'must be OWNER/REPOSITORY', 'repository: acme/api')
}
