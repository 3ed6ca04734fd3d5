/** Cuts GitHub's OpenAPI description, which is 13 MB, to the calls that rotators make, and to what a checker reads:
 *  node scripts/github-openapi.ts DIRECTORY/api.github.com.json writes test/vectors/github/openapi.json.
 *  Where it comes from: npm pack @octokit/openapi, `generated/` in it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** What is called. The official client alone asks the rest, to judge the fake. */
const calls: Readonly<Record<string, readonly string[]>> = {
  '/app': ['get'],
  '/app/installations/{installation_id}/access_tokens': ['post'],
  '/credentials/revoke': ['post'],
  '/orgs/{org}/actions/secrets/public-key': ['get'],
  '/orgs/{org}/actions/secrets/{secret_name}': ['get', 'put', 'delete'],
  '/orgs/{org}/actions/secrets/{secret_name}/repositories': ['get'],
  '/orgs/{org}/installation': ['get'],
  '/repos/{owner}/{repo}/actions/secrets/public-key': ['get'],
  '/repos/{owner}/{repo}/actions/secrets/{secret_name}': ['get', 'put', 'delete'],
  '/repos/{owner}/{repo}/dependabot/secrets/public-key': ['get'],
  '/repos/{owner}/{repo}/dependabot/secrets/{secret_name}': ['get', 'put', 'delete'],
  '/repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key': ['get'],
  '/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}': ['get', 'put', 'delete'],
  '/repos/{owner}/{repo}/installation': ['get'],
  '/repos/{owner}/{repo}/keys': ['get', 'post'],
  '/repos/{owner}/{repo}/keys/{key_id}': ['delete'],
  '/user': ['get'],
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** For people, or for other programs. */
const leftOut: readonly string[] = [
  'description',
  'example',
  'examples',
  'externalDocs',
  'x-github',
  'x-octokit',
  'summary',
]

const lean = (value: Json, isNamed = false): Json => {
  if (Array.isArray(value)) return value.map((one) => lean(one))
  if (!isMap(value)) return value
  const members = Object.entries(value).filter(([key]) => isNamed || !leftOut.includes(key))
  return Object.fromEntries(members.map(([key, one]) => [key, lean(one, key === 'properties')]))
}

const referred = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(referred)
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, one]) =>
    key === '$ref' && typeof one === 'string' ? [one] : referred(one),
  )
}

const at = (value: Json, path: readonly string[]): Json => {
  const found = path.reduce<Json | undefined>((now, key) => (isMap(now) ? now[key] : undefined), value)
  if (found === undefined) throw new Error(`there is no ${path.join('/')}`)
  return found
}

const cut = (whole: Json): Json => {
  const paths = Object.fromEntries(
    Object.entries(calls).map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map((method) => [method, lean(at(whole, ['paths', path, method]))])),
    ]),
  )
  const components: Record<string, Record<string, Json>> = {}
  const open = [...referred(paths)]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(one) ?? []
    const group = (components[kind] ??= {})
    if (group[name] !== undefined) continue
    const found = lean(at(whole, ['components', kind, name]))
    group[name] = found
    open.push(...referred(found))
  }
  const { title = '', version = '', license = {} } = Object(at(whole, ['info']))
  return { openapi: at(whole, ['openapi']), info: { title, version, license }, paths, components }
}

const [source = ''] = process.argv.slice(2)
const to = resolve(import.meta.dirname, '..', 'test', 'vectors', 'github')
mkdirSync(to, { recursive: true })
writeFileSync(resolve(to, 'openapi.json'), `${JSON.stringify(cut(JSON.parse(readFileSync(source, 'utf8'))))}\n`)
