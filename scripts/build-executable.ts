/** build/lockstep: one file for linux x64 that needs nothing else, made by bun (docs/decisions/010-executable.md). */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bun = join(root, 'node_modules', '@oven', 'bun-linux-x64', 'bin', 'bun')
const silenced = join(root, 'build', `bun-silenced.${process.pid}`)
const staged = join(root, 'build', `lockstep.${process.pid}`)
const finished = join(root, 'build', 'lockstep')

/** Variables through which the runtime would load code, become another program, open a debugger or write files before
 *  our first line runs. */
const steering = ['BUN_OPTIONS', 'BUN_BE_BUN', 'BUN_INSPECT', 'BUN_BYTECODE_ORDER_OUT'] as const

const compile = (): void => {
  const args = [
    'build',
    '--compile',
    '--bytecode',
    // Each command is loaded when it is used, here too: two milliseconds for every start.
    '--format=esm',
    '--splitting',
    '--minify-syntax',
    '--minify-whitespace',
    // Most runs end before compiled machine code would pay: a fifth less processor time for `get`.
    '--compile-jit-policy=20',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    `--compile-executable-path=${silenced}`,
    '--outfile',
    staged,
    join(root, 'src', 'bin.ts'),
  ]
  const done = spawnSync(bun, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error('bun could not build the executable')
}

/** Ends every occurrence of the name before its first letter, so that the runtime asks for a variable without a name;
 *  gives how many there were. */
const silenceName = (binary: Buffer, name: string): number => {
  let count = 0
  for (let at = binary.indexOf(name); at >= 0; at = binary.indexOf(name, at + 1)) {
    binary[at] = 0
    count += 1
  }
  return count
}

/** `BUN_JSC_…` sets options of the engine. The prefix is nowhere as text: it is compared letter by letter (`cmpb` and
 *  `jne` eight times). The first `jne` is made a `jmp`, so that no variable has the prefix. */
const silencePrefix = (binary: Buffer, prefix: string): number => {
  const letters = Array.from(prefix, (letter, i) => {
    const offset = i === 0 ? '[\\x38-\\x3f]' : `[\\x78-\\x7f]\\x0${i}`
    return `[\\x40-\\x4f]?\\x80${offset}${letter}\\x75`
  })
  let count = 0
  for (const match of binary.toString('latin1').matchAll(new RegExp(letters.join('[^]'), 'g'))) {
    binary[binary.indexOf(0x75, match.index)] = 0xeb
    count += 1
  }
  return count
}

const report = (name: string, count: number): void => {
  if (count === 0) throw new Error(`${name} is not in this bun: look at how it is steered now, then change this script`)
  console.log(`${name} silenced in ${count} ${count === 1 ? 'place' : 'places'}`)
}

/** Before our own code is added: that names these variables too, to refuse them. */
const silence = (): void => {
  if (!existsSync(bun)) throw new Error(`bun is not there (${bun}): npm ci brings it on linux-x64`)
  const binary = readFileSync(bun)
  report('BUN_JSC_', silencePrefix(binary, 'BUN_JSC_'))
  for (const name of steering) report(name, silenceName(binary, name))
  writeFileSync(silenced, binary, { mode: 0o755 })
}

mkdirSync(join(root, 'build'), { recursive: true })
silence()
compile()
chmodSync(staged, 0o755)
renameSync(staged, finished)
rmSync(silenced)
