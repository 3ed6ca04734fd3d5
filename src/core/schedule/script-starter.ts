/** What a script is started by. */
export type Starter =
  | { readonly kind: 'program'; readonly path: string }
  /** By env, which finds this name on PATH. */
  | { readonly kind: 'named'; readonly env: string; readonly name: string }
  /** Its first line says more than can be followed. */
  | { readonly kind: 'unclear'; readonly path: string }

/** Of the text that a program begins with; null: it is no script. */
export const starterOf = (text: string): Starter | null => {
  const [first = '', second = ''] = text.split('\n', 2)
  const words = /^#![ \t]*(\/.*)$/.exec(first)?.[1]?.trim()
  if (words === undefined) return null
  const [path = '', ...rest] = words.split(/[ \t]+/)
  if (path.endsWith('/env')) return byEnv(path, rest)
  // how pip begins the scripts of a Python whose path is too long for a first line, or has a space
  const long = path.endsWith('/sh') ? /^'''exec' (?:"(\/[^"$`\\]+)"|(\/[\w./+@%:=-]+)) "\$0" "\$@"$/.exec(second) : null
  return { kind: 'program', path: long?.[1] ?? long?.[2] ?? path }
}

const byEnv = (env: string, words: readonly string[]): Starter => {
  const split = /^(?:-v?S|--split-string=?)(.*)$/.exec(words[0] ?? '')
  const [name = ''] = split === null ? words : [split[1] ?? '', ...words.slice(1)].filter((word) => word !== '')
  if (name === '' || !/^[\w./+-]+$/.test(name) || name.startsWith('-')) return { kind: 'unclear', path: env }
  return name.includes('/') ? { kind: 'program', path: name } : { kind: 'named', env, name }
}

/** A shell says in all of its script what it starts. */
export const isShell = (path: string): boolean => /\/(?:ba|da|z|k)?sh$/.test(path)

/** `3.11` of `/usr/bin/python3.11`, empty where its name does not say; null for what is no Python. */
export const pythonVersion = (path: string): string | null =>
  /\/python(?:\d+)?(?:\.\d+)?$/.test(path) ? (/(\d+\.\d+)$/.exec(path)?.[1] ?? '') : null
