import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document, type Scalar } from 'yaml'
import { fail } from '../errors.ts'
import { isSecretName } from '../names.ts'
import { checkDepth } from '../manifest/yaml-source.ts'

/** One text of an Ansible variables file. */
export interface YamlText {
  readonly name: string
  /** Encrypted inline with `!vault`, or as it stands. */
  readonly sealed: boolean
  readonly text: string
  readonly line: number
  /** `file:line:column` */
  readonly at: string
}

/** The texts of an Ansible variables file, each under the last key of its path. With `sealedOnly` only the strings that
 *  `!vault` marks, wherever in maps they are; else every value, which then must be one flat map: null is absent, numbers
 *  keep every digit, true and false become text.
 *  @throws CONFIG with file, line and column, never with any of the text */
export const readYamlTexts = (
  source: string,
  options: { readonly at: string; readonly sealedOnly: boolean },
): readonly YamlText[] => {
  checkDepth(source, options.at)
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const placeOf = (offset: number): { readonly line: number; readonly at: string } => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), at: `${options.at}:${Math.max(1, line)}:${Math.max(1, col)}` }
  }
  const [error] = document.errors
  if (error !== undefined)
    throw fail('CONFIG', 'not YAML that can be read', {
      at: placeOf(error.pos[0]).at,
      hint: 'mend it there; where it is no YAML at all, --format says what it is',
    })
  return scalarsOf(document).flatMap(({ key, scalar, depth, inMap }) => {
    const sealed = isVaultTag(scalar.tag)
    if (options.sealedOnly && !sealed) return []
    const place = placeOf(scalar.range?.[0] ?? 0)
    if (!inMap || (depth > 1 && !options.sealedOnly)) throw refuse(place.at, 'only one flat map can be imported')
    if (!isSecretName(key)) throw refuse(place.at, 'the key of this value cannot be the name of a secret')
    const text = sealed ? String(scalar.value) : plainText(scalar, place.at)
    return text === null ? [] : [{ name: key, sealed, text, ...place }]
  })
}

interface Found {
  readonly key: string
  readonly scalar: Scalar
  /** 1 for a value of the topmost map. */
  readonly depth: number
  readonly inMap: boolean
}

const scalarsOf = (document: Document): readonly Found[] => {
  const found: Found[] = []
  visit(document, {
    Scalar: (role, scalar, path) => {
      if (role === 'key') return
      const pair = path.at(-1)
      const key = isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : ''
      found.push({ key, scalar, depth: path.filter(isMap).length, inMap: role === 'value' })
    },
  })
  return found
}

const isVaultTag = (tag: string | undefined): boolean => tag === '!vault' || tag === '!vault-encrypted'

const plainText = (scalar: Scalar, at: string): string | null => {
  if (scalar.tag !== undefined && scalar.tag.startsWith('!')) throw refuse(at, 'a tag that cannot be imported')
  if (scalar.value === null) return null
  const text = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value))
  if (typeof scalar.value === 'boolean') return String(scalar.value)
  if (/\{\{|\{%/.test(text)) throw refuse(at, 'a template, which only Ansible could fill in')
  return text
}

const refuse = (at: string, message: string): Error =>
  fail('CONFIG', message, { at, hint: 'move it into a file of its own, NAME=value, and import that' })
