/** What is publicly known to be wrong with programs that we call or live beside: told so that nobody has to look it up,
 *  and only for information, because distributions mend without a new version. */
export interface Advisory {
  readonly tool: Tool
  readonly id: string
  /** The first version of each branch that is mended, oldest first; a branch older than all of them is not. */
  readonly fixed: readonly string[]
  readonly what: string
}

export const tools = ['ansible-core', 'openssh', 'git', 'docker'] as const
export type Tool = (typeof tools)[number]

export const advisories: readonly Advisory[] = [
  {
    tool: 'ansible-core',
    id: 'CVE-2024-0690',
    fixed: ['2.14.14', '2.15.9', '2.16.3'],
    what: 'values are printed although no_log is set',
  },
  {
    tool: 'ansible-core',
    id: 'CVE-2024-8775',
    fixed: ['2.15.13', '2.16.13', '2.17.6'],
    what: 'values of include_vars are printed although they come from a vault',
  },
  {
    tool: 'ansible-core',
    id: 'CVE-2024-11079',
    fixed: ['2.16.14', '2.17.7', '2.18.1'],
    what: 'what is marked unsafe is run as a template through hostvars',
  },
  {
    tool: 'openssh',
    id: 'CVE-2023-38408',
    fixed: ['9.3.2'],
    what: 'a host that an agent is forwarded to runs code on this machine',
  },
  {
    tool: 'openssh',
    id: 'CVE-2023-48795',
    fixed: ['9.6'],
    what: 'who is in between can cut off the beginning of a connection',
  },
  {
    tool: 'git',
    id: 'CVE-2025-48384',
    fixed: ['2.43.7', '2.44.4', '2.45.4', '2.46.4', '2.47.3', '2.48.2', '2.49.1', '2.50.1'],
    what: 'cloning with submodules writes files anywhere',
  },
  {
    tool: 'docker',
    id: 'CVE-2024-41110',
    fixed: ['23.0.15', '25.0.6', '26.1.5', '27.1.1'],
    what: 'requests get past plugins that authorize them',
  },
  {
    tool: 'docker',
    id: 'CVE-2024-21626',
    fixed: ['24.0.9', '25.0.2'],
    what: 'a container gets at the files of its host (through runc)',
  },
]

/** Those that this version has. `said` is what the program prints of itself; nothing for a version that cannot be read. */
export const knownIn = (tool: Tool, said: string): readonly Advisory[] => {
  const version = versionOf(said)
  return version === null
    ? []
    : advisories.filter((one) => one.tool === tool && !isMended(version, one.fixed.map(numbersOf)))
}

/** `ansible [core 2.14.18]`, `OpenSSH_9.2p1 Debian-2`, `git version 2.39.5`: the first version in it, `p1` as a part. */
export const versionOf = (said: string): readonly number[] | null => {
  const found = /(\d+(?:\.\d+)+(?:p\d+)?)/.exec(said)?.[1]
  return found === undefined ? null : numbersOf(found)
}

const numbersOf = (text: string): readonly number[] => text.split(/[.p]/).map(Number)

const isMended = (version: readonly number[], fixed: readonly (readonly number[])[]): boolean => {
  const same = fixed.filter((one) => one[0] === version[0] && one[1] === version[1])
  if (same.length > 0) return same.some((one) => compare(version, one) >= 0)
  const newest = fixed.at(-1)
  return newest !== undefined && compare(version, newest) > 0
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
