/** The table of who may import whom (docs/decisions/002-layers.md), checked over src/. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const layers: Readonly<
  Record<
    string,
    {
      readonly ours: readonly string[]
      readonly packages: readonly string[]
      readonly node: boolean | readonly string[]
    }
  >
> = {
  core: { ours: ['core'], packages: ['yaml'], node: false },
  crypto: {
    ours: ['core', 'crypto'],
    packages: ['age-encryption', '@noble', 'shamir-secret-sharing'],
    node: ['node:crypto'],
  },
  io: { ours: ['core', 'io'], packages: ['mysql2', 'pg'], node: true },
  fleet: { ours: ['core', 'fleet'], packages: [], node: false },
  providers: { ours: ['core', 'providers'], packages: [], node: false },
  rotators: { ours: ['core', 'crypto', 'rotators'], packages: [], node: false },
  app: { ours: ['core', 'crypto', 'app'], packages: [], node: false },
  cli: { ours: ['core', 'app', 'cli'], packages: [], node: false },
  server: { ours: ['core', 'app', 'server'], packages: ['hono'], node: false },
}

const src = resolve(import.meta.dirname, '..', 'src')
const importing =
  /^\s*(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

/** Layers whose parts, files or folders, know nothing of each other; but for the table that names them all, and for what
 *  is in their folder `shared`. */
const apart: readonly string[] = ['providers', 'rotators']

/** Every breach, as `file: what`. */
export const breaches = (root: string = src): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const layer = name.split('/')[0] ?? ''
      const rule = layers[layer]
      if (rule === undefined) return name.includes('/') ? [`${name}: ${layer}/ is not a layer`] : []
      const text = readFileSync(join(root, name), 'utf8')
      return [...text.matchAll(importing)]
        .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
        .filter((target) => !allowed(rule, root, name, target))
        .map((target) => `src/${name}: ${layer}/ may not import ${target}`)
    })

const allowed = (rule: (typeof layers)[string], root: string, name: string, target: string): boolean => {
  if (rule === undefined) return true
  if (target.startsWith('.')) {
    const to = relative(root, resolve(root, dirname(name), target))
    return to.includes('/') && rule.ours.includes(to.split('/')[0] ?? '') && !isOther(name, to)
  }
  if (target.startsWith('node:')) return Array.isArray(rule.node) ? rule.node.includes(target) : rule.node === true
  return rule.packages.includes(target.split('/')[0] ?? '')
}

/** Another part of a layer whose parts are to stay apart. */
const isOther = (from: string, to: string): boolean => {
  const [[layer = '', own], [other, part]] = [from.split('/'), to.split('/')]
  return apart.includes(layer) && layer === other && own !== 'index.ts' && own !== part && part !== 'shared'
}

if (import.meta.main) {
  const found = breaches()
  for (const line of found) console.error(line)
  process.exitCode = found.length === 0 ? 0 : 1
}
