import { withMetadata, withProject, type Intended } from '../app/project/with-project.ts'
import type { OpenProject } from '../app/project/open-project.ts'
import { findProject } from '../app/project/project.ts'
import type { Ports } from '../core/ports.ts'
import type { Flag } from './command.ts'

interface InProject {
  readonly ports: Ports
  readonly environment: string | undefined
}

/** What every command on the secrets of a project starts with: finds it, opens it, works on it. What it intends goes to
 *  the access log. */
export const inProject = async <T>(
  call: InProject,
  intended: Intended<T>,
  work: (open: OpenProject) => Promise<T>,
): Promise<T> => {
  const project = await findProject(call.ports, { environment: call.environment })
  return withProject(call.ports, project, intended, work)
}

/** The same for what opens no value. */
export const inMetadata = async <T>(call: InProject, work: Parameters<typeof withMetadata<T>>[2]): Promise<T> =>
  withMetadata(call.ports, await findProject(call.ports, { environment: call.environment }), work)

export const groupFlag: { readonly group: Flag & { readonly type: 'string' } } = {
  group: { type: 'string', short: 'g', value: 'GROUP', summary: 'the group it belongs to' },
}

export const hostFlag: { readonly host: Flag & { readonly type: 'string' } } = {
  host: { type: 'string', value: 'HOST', summary: 'the value that only this host has' },
}

/** As the access log names it. */
export const onlyHost = (host: string | undefined): readonly string[] => (host === undefined ? [] : [host])
