import { randomId } from '../../crypto/derive.ts'
import { fail } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'

export type SessionPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'random'>

/** A private directory, in memory where the machine has such a place, and an editor on one file in it. */
export interface EditSession {
  /** Puts the text into the file, waits for the editor, gives what is there then.
   *  @throws UNAVAILABLE when the editor ended badly or the file is gone */
  edit(text: Secret): Promise<Secret>
}

export interface SessionOptions {
  /** What the file is called: editors choose their manners by the ending. */
  readonly name: string
  /** Ends the editor. */
  readonly signal: AbortSignal
  readonly report: (line: string) => void
}

/** Runs `work` with a session, and leaves nothing of it behind however `work` ends. */
export const withEditSession = async <T>(
  ports: SessionPorts,
  options: SessionOptions,
  work: (session: EditSession) => Promise<T>,
): Promise<T> => {
  const editor = await findEditor(ports)
  const { base, inMemory } = await findBase(ports)
  if (!inMemory)
    options.report(`no directory in memory here: the text is under ${base} while you edit, readable by you alone`)
  await sweepLeftovers(ports, base)
  const id = randomId(ports.random)
  const directory = `${base}/${prefixOf(ports)}${ports.machine.pid}-${id}`
  try {
    await makePrivate(ports, directory)
    return await work({ edit: (text) => editOnce(ports, editor, `${directory}/${options.name}`, text, options.signal) })
  } finally {
    await removeTree(ports, directory)
  }
}

const editOnce = async (
  { files, exec }: SessionPorts,
  editor: string,
  path: string,
  text: Secret,
  signal: AbortSignal,
): Promise<Secret> => {
  await files.write(path, text.bytes())
  // as git does it: EDITOR may hold arguments and quotes
  const status = await exec.interactive('sh', ['-c', `${takesOver(editor)}${editor} "$@"`, 'editor', path], { signal })
  if (status !== 0) {
    throw fail('UNAVAILABLE', `the editor ended with status ${status}`, { hint: 'nothing was written' })
  }
  const bytes = await files.read(path)
  if (bytes === null) throw fail('UNAVAILABLE', 'the editor removed the file', { hint: 'nothing was written' })
  return new Secret(bytes)
}

/** A shell that waits for its editor would take the signals that are meant for it, and leave it open on a file that is
 *  gone. One command can take the shell's place. */
const takesOver = (editor: string): string => (/^[^\w./~'"$+-]|[;&|<>(){}\n]/.test(editor) ? '' : 'exec env ')

const findEditor = async ({ exec, machine }: SessionPorts): Promise<string> => {
  const { VISUAL, EDITOR } = machine.environment
  const chosen = VISUAL || EDITOR || (await firstOf(exec, ['sensible-editor', 'vi', 'nano']))
  if (chosen === null) throw fail('NOT_FOUND', 'there is no editor', { hint: 'EDITOR=program lockstep edit …' })
  return `${chosen}${(await isVim(exec, chosen)) ? vimManners : ''}`
}

const firstOf = async (exec: SessionPorts['exec'], names: readonly string[]): Promise<string | null> => {
  for (const name of names) if ((await exec.find(name)) !== null) return name
  return null
}

/** No swap file, no registers in viminfo, no copies elsewhere: all of these may outlive our directory. */
const vimManners = ` -n -i NONE -c 'set nobackup nowritebackup noundofile'`

const isVim = async (exec: SessionPorts['exec'], command: string): Promise<boolean> => {
  const program = /^(\S*\/)?(g?vim|nvim|vi|vim\.\w+)$/.exec(command.trim())?.[0]
  if (program === undefined || (await exec.find(program)) === null) return false
  const { stdout } = await exec.run(program, ['--version'], { timeout: 5000 })
  return /^N?VIM\b/.test(new TextDecoder().decode(stdout))
}

const findBase = async ({ files, machine }: SessionPorts): Promise<{ base: string; inMemory: boolean }> => {
  const { XDG_RUNTIME_DIR, TMPDIR } = machine.environment
  for (const base of machine.platform === 'linux' ? ['/dev/shm', XDG_RUNTIME_DIR] : []) {
    if (base !== undefined && (await files.stat(base))?.kind === 'directory') return { base, inMemory: true }
  }
  return { base: (TMPDIR ?? '/tmp').replace(/(?<=.)\/+$/, ''), inMemory: false }
}

const prefixOf = ({ machine }: Pick<Ports, 'machine'>): string => `lockstep-edit-${machine.uid}-`

const makePrivate = async ({ files, machine }: SessionPorts, directory: string): Promise<void> => {
  await files.makeDirectory(directory, { mode: 0o700 })
  const facts = await files.stat(directory)
  if (facts?.kind === 'directory' && facts.uid === machine.uid && facts.mode === 0o700) return
  throw fail('UNSAFE', 'the directory for editing is not ours alone', {
    at: directory,
    hint: `ls -ld ${pathWord(directory)}: remove it, and run this again`,
  })
}

/** Directories of sessions that were killed outright. */
const sweepLeftovers = async (ports: SessionPorts, base: string): Promise<void> => {
  const prefix = prefixOf(ports)
  for (const name of (await ports.files.list(base)) ?? []) {
    const pid = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{32}$/.exec(name.slice(prefix.length))?.[1] : undefined
    if (pid === undefined || ports.machine.isAlive(Number(pid))) continue
    const facts = await ports.files.stat(`${base}/${name}`)
    if (facts?.kind === 'directory' && facts.uid === ports.machine.uid) await removeTree(ports, `${base}/${name}`)
  }
}

const removeTree = async (ports: Pick<Ports, 'files'>, path: string): Promise<void> => {
  const facts = await ports.files.stat(path)
  if (facts?.kind === 'directory') {
    for (const name of (await ports.files.list(path)) ?? []) await removeTree(ports, `${path}/${name}`)
  }
  if (facts !== null) await ports.files.remove(path)
}
