import type { Fields } from './yaml-fields.ts'

/** A program that gets secrets: a container or a systemd unit. */
export interface Container {
  readonly name: string
  /** Ansible pattern. */
  readonly hosts: string
  readonly groups: readonly string[]
  readonly runs: Runs
  readonly health: Health | null
  /** Path or URL of the program's own status page. */
  readonly status: string | null
  readonly uid: number | null
  readonly onChange: OnChange
  /** How values reach the program: it reads the mounted scope, or our executable as its entrypoint hands them over. */
  readonly receive: 'mount' | 'environment' | 'files'
  /** Where the scope is mounted inside. */
  readonly mount: string
  readonly at: string
}

export type Runs =
  | {
      readonly kind: 'image'
      readonly image: string
      readonly publish: readonly string[]
      readonly env: Readonly<Record<string, string>>
      /** Null: the image's own. */
      readonly command: readonly string[] | null
      readonly options: readonly string[]
    }
  | { readonly kind: 'compose'; readonly file: string; readonly service: string }
  | { readonly kind: 'systemd'; readonly unit: string }

export type Health =
  | { readonly kind: 'http'; readonly target: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

export type OnChange =
  | { readonly kind: 'restart' | 'none' }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }

export const readContainer = ([name, fields]: readonly [string, Fields]): Container => {
  const runs = readRuns(fields)
  return {
    name,
    hosts: fields.text('hosts') ?? '',
    groups: fields.texts('groups') ?? [],
    runs,
    health: readHealth(fields),
    status: fields.text('status') ?? null,
    uid: fields.integer('uid') ?? null,
    onChange: readOnChange(fields),
    receive: readReceive(fields) ?? (runs.kind === 'systemd' ? 'environment' : 'mount'),
    mount: fields.text('mount') ?? '/app',
    at: fields.at(),
  }
}

const readRuns = (fields: Fields): Runs => {
  const unit = fields.text('systemd')
  if (unit !== undefined) return { kind: 'systemd', unit }
  const [file, service] = fields.text('compose')?.split('#') ?? []
  if (file !== undefined && service !== undefined) return { kind: 'compose', file, service }
  const env = fields.map('env')
  return {
    kind: 'image',
    image: fields.text('image') ?? '',
    publish: fields.texts('publish') ?? [],
    env: Object.fromEntries((env?.keys() ?? []).map((key) => [key, env?.text(key) ?? ''])),
    command: fields.texts('command') ?? null,
    options: fields.texts('options') ?? [],
  }
}

const readHealth = (fields: Fields): Health | null => {
  const kind = fields.kind('health')
  if (kind === undefined) return null
  if (kind === 'text') return { kind: 'http', target: fields.text('health') ?? '' }
  return { kind: 'command', command: fields.map('health')?.texts('command') ?? [] }
}

const readOnChange = (fields: Fields): OnChange => {
  const kind = fields.kind('on_change')
  if (kind === 'map') {
    const command = fields.map('on_change')?.texts('command')
    if (command !== undefined) return { kind: 'command', command }
    return { kind: 'signal', signal: fields.map('on_change')?.text('signal') ?? 'HUP' }
  }
  const word = kind === undefined ? 'restart' : fields.text('on_change')
  return word === 'signal' ? { kind: 'signal', signal: 'HUP' } : { kind: word === 'none' ? 'none' : 'restart' }
}

const readReceive = (fields: Fields): Container['receive'] | undefined =>
  (['mount', 'environment', 'files'] as const).find((way) => way === fields.text('receive'))
