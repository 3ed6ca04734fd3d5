/** Type of the file system that holds `path` (absolute, links resolved), by the text of /proc/self/mountinfo.
 *  Null when the table does not say. The last line wins among mounts on one point: it is on top. */
export const fileSystemOf = (path: string, mountinfo: string): string | null => {
  let best: { readonly point: string; readonly type: string } | null = null
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const point = unescapeOctal(before.split(' ')[4] ?? '')
    const type = after.split(' ')[0] ?? ''
    if (point === '' || type === '' || !isWithin(path, point)) continue
    if (best === null || point.length >= best.point.length) best = { point, type }
  }
  return best?.type ?? null
}

/** File systems that live in memory: what is written there is gone with the machine. */
export const isMemoryFileSystem = (type: string | null): boolean => type === 'tmpfs' || type === 'ramfs'

const isWithin = (path: string, point: string): boolean =>
  point === '/' || path === point || path.startsWith(`${point}/`)

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
