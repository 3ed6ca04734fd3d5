import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { fail } from '../core/errors.ts'
import { pathWord } from '../core/host-text.ts'
import { quoteName } from '../core/names.ts'
import { absent, isSystem, nullOnSync } from './system-error.ts'

/** What to hand to the kernel. */
export interface Executable {
  readonly path: string
  /** Arguments that come before the program's own: for a script without a first line that names its interpreter. */
  readonly before: readonly string[]
}

const shell = '/bin/sh'
const head = 4096
const deepest = 4

/** Makes sure, as the user we are now, that the kernel will take this file. Node ends with a core dump, secrets and
 *  all, when it does not: so ask first.
 *  @throws NOT_FOUND when there is no such file, or no interpreter for it; DENIED; UNSAFE for no program */
export const checkExecutable = (path: string, depth = 0): Executable => {
  checkAccess(path)
  const start = firstBytes(path)
  // A program may be executable without being readable: then nothing more can be asked.
  if (start === null) return { path, before: [] }
  if (start.subarray(0, 2).toString('latin1') === '#!') {
    checkInterpreter(path, start, depth)
    return { path, before: [] }
  }
  if (start.subarray(0, 4).toString('latin1') === '\x7fELF') {
    checkElf(path, start, depth)
    return { path, before: [] }
  }
  if (isMachO(start)) return { path, before: [] }
  // As execvp and shells do: a text without a first line of that kind is the shell's.
  if (start.includes(0)) throw noProgram(path, 'nothing this machine can run')
  checkExecutable(shell, depth + 1)
  return { path: shell, before: [path] }
}

const checkAccess = (path: string): void => {
  const facts = nullOnSync([...absent, 'EACCES'], () => statSync(path))
  if (facts === null) throw fail('NOT_FOUND', `no program ${quoteName(path)}`, { at: path })
  if (!facts.isFile()) throw noProgram(path, 'not a file')
  try {
    accessSync(path, constants.X_OK)
  } catch (error) {
    if (!isSystem(error, 'EACCES', 'EPERM')) throw error
    throw fail('DENIED', `${quoteName(path)} may not be run`, { at: path, hint: `chmod +x ${pathWord(path)}` })
  }
}

const firstBytes = (path: string): Buffer | null => {
  const fd = nullOnSync(['EACCES', 'EPERM'], () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  if (fd === null) return null
  try {
    const buffer = Buffer.alloc(head)
    return buffer.subarray(0, readSync(fd, buffer, 0, head, 0))
  } finally {
    closeSync(fd)
  }
}

const checkInterpreter = (path: string, start: Buffer, depth: number): void => {
  const [line = ''] = start.toString('latin1').slice(2, 256).split('\n')
  const [interpreter = ''] = line.trim().split(/[ \t]+/)
  if (depth >= deepest) throw noProgram(path, 'a script whose interpreters never end')
  interpreted(path, interpreter, depth)
}

const interpreted = (path: string, interpreter: string, depth: number): void => {
  try {
    checkExecutable(interpreter, depth + 1)
  } catch (cause) {
    throw fail('NOT_FOUND', `${quoteName(path)} needs ${quoteName(interpreter)}, which cannot be run here`, {
      at: path,
      cause,
      hint: 'install it, or choose an image that has it',
    })
  }
}

/** Machines (e_machine) whose programs also run on another: 32-bit ones on their 64-bit kin. */
const alsoRuns: Readonly<Record<number, number>> = { 62: 3, 183: 40 }

const checkElf = (path: string, start: Buffer, depth: number): void => {
  const own = firstBytes(process.execPath)
  const machine = start.length >= 64 ? start.readUInt16LE(18) : 0
  const ours = own === null ? machine : own.readUInt16LE(18)
  if (machine !== ours && alsoRuns[ours] !== machine) throw noProgram(path, 'a program for another kind of machine')
  const loader = start[4] === 2 ? loaderOf(start) : null
  if (loader !== null) interpreted(path, loader, depth)
}

/** PT_INTERP of a 64-bit little-endian program, as far as its first page tells. */
const loaderOf = (start: Buffer): string | null => {
  const [table, size, count] = [Number(start.readBigUInt64LE(32)), start.readUInt16LE(54), start.readUInt16LE(56)]
  for (let at = table, left = count; left > 0 && at + 56 <= start.length; at += size, left--) {
    if (start.readUInt32LE(at) !== 3) continue
    const from = Number(start.readBigUInt64LE(at + 8))
    const end = from + Number(start.readBigUInt64LE(at + 32))
    return end <= start.length ? start.toString('latin1', from, end).replace(/\0+$/, '') : null
  }
  return null
}

const isMachO = (start: Buffer): boolean => {
  const magic = start.length >= 4 ? start.readUInt32BE(0) : 0
  return [0xcafebabe, 0xcffaedfe, 0xcefaedfe, 0xfeedface, 0xfeedfacf].includes(magic)
}

const noProgram = (path: string, why: string): Error => fail('UNSAFE', `${quoteName(path)} is ${why}`, { at: path })
