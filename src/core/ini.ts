/** The value of a key in one section of an INI file as Ansible's own reader sees it; null when it is not set. */
export const iniValue = (text: string, section: string, key: string): string | null => {
  let current = ''
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[([^\]]+)\]/.exec(line)
    if (heading?.[1] !== undefined) current = heading[1]
    const [, name, value] = /^([A-Za-z_]\w*)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (current === section && name === key && value !== undefined) return value.replace(/\s+[;#].*$/, '').trim()
  }
  return null
}
