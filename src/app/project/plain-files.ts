import type { FileChange, Ports } from '../../core/ports.ts'
import type { AnsibleSetup } from './adopt-inventory.ts'
import {
  ansibleText,
  attributeLines,
  encryptScript,
  exceptedLines,
  ignoredLines,
  inventoryText,
  manageScript,
  playbookText,
} from './init-texts.ts'
import type { Project } from './project.ts'

/** The files of a project that hold no secret, as far as they are missing, and the lines that .gitignore and
 *  .gitattributes lack: `exposed` are files in plain text, which git must not take. What is there keeps its bytes. */
export const plainFiles = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  { root, environment, manifest }: Project,
  { ansible, exposed }: { readonly ansible: AnsibleSetup; readonly exposed: readonly string[] },
): Promise<readonly FileChange[]> => {
  const inventory = manifest.inventory ?? ansible.inventory ?? `inventory/${environment}`
  const wanted: readonly (readonly [path: string, text: string, mode: number])[] = [
    ['ansible/scripts/encrypt-secrets.sh', encryptScript, 0o755],
    ['ansible/scripts/manage-secrets.sh', manageScript, 0o755],
    ...((await hasOwnSettings(ports)) ? [] : ([['ansible.cfg', ansibleText, 0o644]] as const)),
    ['playbooks/api-deploy.yml', playbookText, 0o644],
    ...(isBelow(inventory) ? ([[inventory, inventoryText, 0o644]] as const) : []),
  ]
  const missing = await Promise.all(
    wanted.map(async ([path, text, mode]) =>
      (await ports.files.stat(`${root}/${path}`)) === null
        ? [{ path, bytes: new TextEncoder().encode(text), mode }]
        : [],
    ),
  )
  return [
    ...missing.flat(),
    ...(await withLines(ports, root, '.gitignore', (text) => [
      ...ignoredLines,
      ...(ignoresEveryEnv.test(text) ? exceptedLines : []),
      ...exposed.map((path) => `/${path}`),
    ])),
    ...(await withLines(ports, root, '.gitattributes', () => attributeLines)),
  ]
}

/** Ansible reads one file of settings: ours would hide the person's. */
const hasOwnSettings = async ({ files, machine }: Pick<Ports, 'files' | 'machine'>): Promise<boolean> =>
  machine.environment['ANSIBLE_CONFIG'] !== undefined || (await files.stat(`${machine.home}/.ansible.cfg`)) !== null

const isBelow = (path: string): boolean =>
  !path.startsWith('/') && !path.startsWith('~') && !path.includes('..') && !path.includes(',')

const ignoresEveryEnv = /^\/?(\*\*\/)?\*\.env\*?\s*$/m

const withLines = async (
  { files }: Pick<Ports, 'files'>,
  root: string,
  path: string,
  wanted: (text: string) => readonly string[],
): Promise<readonly FileChange[]> => {
  const bytes = await files.read(`${root}/${path}`)
  const text = bytes === null ? '' : new TextDecoder().decode(bytes)
  const present = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const missing = wanted(text).filter((line) => !present.has(line))
  if (missing.length === 0) return []
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
  const mode = (await files.stat(`${root}/${path}`))?.mode ?? 0o644
  return [{ path, bytes: new TextEncoder().encode(`${start}${missing.join('\n')}\n`), mode }]
}
