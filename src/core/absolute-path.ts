/** A path as it was typed, from the directory it was typed in; nothing in it is resolved. */
export const pathFrom = (base: string, path: string): string => (path.startsWith('/') ? path : `${base}/${path}`)

/** As the shell means it, without `.`, `..` and doubled slashes. */
export const absolutePath = (path: string, cwd: string): string => {
  const parts: string[] = []
  for (const part of pathFrom(cwd, path).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
