import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { must } from './must.ts'

/** Programs of this machine that a base image stands on. */
const tools = ['sh', 'cat', 'ls', 'sleep', 'env', 'printenv', 'id', 'mkdir', 'stat', 'true', 'test', 'touch', 'head']

const accounts = 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n'

/** What a registry would have: an image of a shell and its tools, and with Node when `node` is the path of one. It is
 *  made of this machine's own files. Gives the tar. */
export const baseImage = (directory: string, node: string | null): Buffer => {
  for (const each of ['bin', 'etc', 'root', 'home/node', 'tmp', 'run', 'usr/local/bin']) {
    mkdirSync(join(directory, each), { recursive: true })
  }
  chmodSync(join(directory, 'tmp'), 0o1777)
  writeFileSync(join(directory, 'etc/passwd'), accounts)
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
  for (const tool of tools) install(directory, which(tool), `bin/${tool}`)
  symlinkSync('../bin', join(directory, 'usr/bin'))
  if (node !== null) install(directory, node, 'usr/local/bin/node')
  // Our executable may be mounted as an entrypoint: it asks for these, which the tools need not.
  for (const name of ['libdl.so.2', 'libpthread.so.0', 'libm.so.6']) {
    const library = `/lib/x86_64-linux-gnu/${name}`
    if (existsSync(library)) copyTo(directory, library, library)
  }
  return must('tar', ['-C', directory, '--owner=0', '--group=0', '-cf', '-', '.'])
}

const which = (name: string): string =>
  realpathSync(
    must('sh', ['-c', `PATH=/usr/bin:/bin command -v ${name} | grep / || echo /usr/bin/${name}`])
      .toString()
      .trim(),
  )

const install = (directory: string, from: string, to: string): void => {
  copyTo(directory, from, to)
  chmodSync(join(directory, to), 0o755)
  const listed = spawnSync('ldd', [from], { encoding: 'utf8' }).stdout
  for (const [library] of listed.matchAll(/\/\S+\.so\S*/g)) copyTo(directory, library, library)
}

const copyTo = (directory: string, from: string, to: string): void => {
  const target = join(directory, to)
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(from), target)
  chmodSync(target, 0o755)
}
