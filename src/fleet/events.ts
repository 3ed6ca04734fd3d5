/** What our stdout callback says of hosts that Ansible gave up by itself. */
export interface PlayEvent {
  /** `refused`: by our own action plugin, before anything was sent. */
  readonly event: 'lost' | 'refused'
  readonly host: string
  /** One line, from Ansible. */
  readonly reason: string
}

const mark = 'LOCKSTEP-EVENT '

/** Null for any other line. */
export const parseEvent = (line: string): PlayEvent | null => {
  if (!line.startsWith(mark)) return null
  const value = parsed(line.slice(mark.length))
  if (typeof value !== 'object' || value === null) return null
  const { event, host, reason }: Partial<Record<string, unknown>> = { ...value }
  return (event === 'lost' || event === 'refused') && typeof host === 'string'
    ? { event, host, reason: typeof reason === 'string' ? reason : '' }
    : null
}

/** Under -vvv Ansible prints what hosts say, which may begin like a line of ours. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
