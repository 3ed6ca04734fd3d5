/** Rotations of more than one credential, and of rotators that differ, over hosts in memory. */
import { writeFileSync } from 'node:fs'
import { changeProject } from '../../src/app/project/change-project.ts'
import type { Credential } from '../../src/core/rotate/credential.ts'
import type { Rotator } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import type { RotatingProject } from './rotation-in-memory.ts'

/** As another clone has it, with these groups in its lockstep.yaml and more values, by group and name. */
export const withGroups = async (
  project: RotatingProject,
  groups: string,
  values: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<RotatingProject> => {
  writeFileSync(`${project.root}/lockstep.yaml`, `project: shop\ngroups: { ${groups} }\n`)
  const other = await project.again('elsewhere')
  const writes = Object.entries(values).flatMap(([group, named]) =>
    Object.entries(named).map(([name, value]) => ({ group, name, value: new Secret(value) })),
  )
  if (writes.length > 0) await changeProject(other.ports, other.open(), { writes })
  return other
}

/** From now on its rotators are what `change` makes of them. */
export const changeRotators = (
  { ports }: RotatingProject,
  change: (rotator: Rotator, credential: Credential) => Partial<Rotator>,
): void => {
  const make = ports.rotator
  const rotator: typeof make = async (credential, ...rest) => {
    const made = await make(credential, ...rest)
    return { ...made, ...change(made, credential) }
  }
  Object.assign(ports, { rotator })
}
