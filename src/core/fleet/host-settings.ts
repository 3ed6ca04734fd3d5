import type { HostSettings, Manifest } from '../manifest/manifest.ts'
import { manifestSchema } from '../manifest/manifest-schema.ts'
import { quoteName } from '../names.ts'
import { didYouMean } from '../suggest.ts'
import type { Problem } from '../manifest/yaml-source.ts'

/** One host as inventory and manifest describe it. */
export interface HostSources {
  readonly host: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Entries of `hosts:` whose pattern matches it. */
  readonly settings: readonly HostSettings[]
}

/** Keys of `hosts:`, and inventory variables after `lockstep_`. */
export type HostKey = 'directory' | 'rung' | 'cloud'

const keys: readonly HostKey[] = ['directory', 'rung', 'cloud']

/** Variables that start with `lockstep_` and mean nothing to us. */
export const unknownVariables = (host: string, variables: Readonly<Record<string, unknown>>): Problem[] => {
  const known = keys.map((key) => `lockstep_${key}`)
  return Object.keys(variables)
    .filter((name) => name.startsWith('lockstep_') && !known.includes(name))
    .map((name) => {
      if (name === 'lockstep_groups') {
        return { at: host, message: 'lockstep_groups is not taken: give groups to containers in lockstep.yaml' }
      }
      return { at: host, message: `unknown inventory variable ${quoteName(name)}${didYouMean(name, known)}` }
    })
}

/** One setting of one host: from its inventory variable or from the manifest, never from both. */
export interface Setting {
  readonly value: string | null
  readonly problem: Problem | null
  /** Its inventory variable has a part in it. */
  readonly isVariable: boolean
}

export const settingOf = (facts: HostSources, key: HostKey, manifest: Manifest): Setting => {
  const own = facts.settings.filter((one) => one[key] !== null)
  const variable = Object.hasOwn(facts.variables, `lockstep_${key}`) ? facts.variables[`lockstep_${key}`] : undefined
  const isVariable = variable !== undefined
  const wrong = (message: string): Setting => ({ value: null, problem: { at: facts.host, message }, isVariable })
  const places = own.map((one) => `hosts: ${quoteName(one.pattern)} at ${one.at}`)
  if (isVariable) {
    places.push(`the inventory variable lockstep_${key}`)
    if (key === 'directory' && manifest.directoryAt !== null) places.push(`directory: at ${manifest.directoryAt}`)
  }
  if (places.length > 1) return wrong(`${key} is set twice, by ${places.join(' and ')}`)
  if (!isVariable) return { value: own[0]?.[key] ?? null, problem: null, isVariable }
  const message = wrongVariable(key, variable)
  return message === null ? { value: String(variable), problem: null, isVariable } : wrong(`lockstep_${key} ${message}`)
}

/** ansible-inventory prints variables as they are written, before any template is filled in. */
const wrongVariable = (key: HostKey, value: unknown): string | null => {
  const rule = manifestSchema.$defs?.[key]
  if (typeof value !== 'string') return `must be ${rule?.title ?? 'text'}`
  if (value.includes('{{') || value.includes('{%')) {
    return 'is a template; ansible-inventory does not fill templates in, so write the value itself'
  }
  if (rule?.enum !== undefined && !rule.enum.includes(value)) return `must be one of ${rule.enum.join(', ')}`
  if (rule?.pattern !== undefined && !new RegExp(rule.pattern, 'u').test(value))
    return `must be ${rule.title ?? 'valid'}`
  return null
}
