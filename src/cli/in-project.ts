import { withProject, type OpenProject } from '../app/project/open-project.ts'
import { findProject } from '../app/project/project.ts'
import type { Ports } from '../core/ports.ts'
import type { Flag } from './command.ts'

/** What every command on the secrets of a project starts with: finds it, opens it, works on it. */
export const inProject = async <T>(
  call: { readonly ports: Ports; readonly environment: string | undefined },
  work: (open: OpenProject) => Promise<T>,
): Promise<T> => {
  const project = await findProject(call.ports, { environment: call.environment })
  return withProject(call.ports, project, work)
}

export const groupFlag: { readonly group: Flag & { readonly type: 'string' } } = {
  group: { type: 'string', short: 'g', value: 'GROUP', summary: 'the group it belongs to' },
}

export const hostFlag: { readonly host: Flag & { readonly type: 'string' } } = {
  host: { type: 'string', value: 'HOST', summary: 'the value that only this host has' },
}
