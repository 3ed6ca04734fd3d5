import { fail } from '../core/errors.ts'
import type { Files } from '../core/ports.ts'

/** One part of a program for hosts. @throws INTERNAL when it is not where it belongs */
export const readPart = async (files: Pick<Files, 'read'>, folder: string, part: string): Promise<string> => {
  const path = `${folder}/${part}.py`
  const text = await files.read(path)
  if (text === null) throw fail('INTERNAL', 'the Ansible collection is not where it belongs', { at: path })
  return new TextDecoder().decode(text)
}

/** One text: what is imported, once; what a part imports from another is simply there. */
export const joinParts = (texts: readonly string[]): string => {
  const imports = new Set(texts.flatMap((text) => text.match(/^import \w+$/gm) ?? []))
  return [...imports, ...texts.map((text) => text.replace(/^(import \w+|from \.[.\w]+ import .*)\n/gm, ''))].join('\n')
}
