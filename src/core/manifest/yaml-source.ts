import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Document } from 'yaml'
import { fail } from '../errors.ts'

/** A YAML document with its positions. `at(offset)` is `file:line:column`. */
export interface YamlSource {
  readonly document: Document
  readonly root: unknown
  at(node: unknown): string
}

/** Something wrong at one place. */
export interface Problem {
  /** `file:line:column` */
  readonly at: string
  readonly message: string
}

const maxLength = 256 * 1024
const maxDepth = 40
const mostShown = 20

/** Reads YAML 1.2 of the plain kind: no anchors, aliases or tags (they let a small file grow without bound), no
 *  duplicate keys. @throws CONFIG with every place that is wrong */
export const readYaml = (text: string, at: string): YamlSource => {
  if (text.length > maxLength) throw fail('CONFIG', 'longer than 256 KiB', { at })
  checkDepth(text, at)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: true,
  })
  const locate = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${at}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    at: locate(error.pos[0]),
    message: plainMessage(error.code),
  }))
  if (problems.length === 0) problems.push(...unwanted(document, locate))
  throwProblems(problems, at)
  const offsetOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)
  return { document, root: document.contents, at: (node) => locate(offsetOf(node)) }
}

/** The parser's own messages quote the text around an error, which may be a value pasted by mistake. */
const plainMessage = (code: string): string =>
  code === 'DUPLICATE_KEY'
    ? 'this key is there twice'
    : code === 'TAG_RESOLVE_FAILED'
      ? 'tags are not taken here'
      : `not YAML (${code.toLowerCase().replaceAll('_', ' ')})`

const unwanted = (document: Document, locate: (offset: number) => string): Problem[] => {
  const problems: Problem[] = []
  visit(document, {
    Node: (_, node) => {
      const at = locate(node.range?.[0] ?? 0)
      if (isAlias(node)) problems.push({ at, message: 'aliases are not taken here: write the value out' })
      else if (node.tag !== undefined && isExplicitTag(node)) problems.push({ at, message: 'tags are not taken here' })
    },
  })
  return problems
}

const isExplicitTag = (node: unknown): boolean =>
  (isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')

/** Deep nesting would exhaust the parser's stack before any rule of ours is asked. */
export const checkDepth = (text: string, at: string): void => {
  let depth = 0
  for (const unit of text) {
    if (unit === '[' || unit === '{') depth++
    else if (unit === ']' || unit === '}') depth = Math.max(0, depth - 1)
    if (depth > maxDepth) throw fail('CONFIG', 'nested too deeply', { at })
  }
  const deep = text.split('\n').some((line) => /^ *(- ){40}/.test(line) || /^ {400}/.test(line))
  if (deep) throw fail('CONFIG', 'nested too deeply', { at })
}

/** @throws CONFIG: one problem as its message and place; several as a list, each line with its place */
export const throwProblems = (problems: readonly Problem[], at: string, hint?: string): void => {
  const [first, ...others] = problems
  if (first === undefined) return
  const details = hint === undefined ? {} : { hint }
  if (others.length === 0) throw fail('CONFIG', first.message, { at: first.at, ...details })
  const shown = problems.slice(0, mostShown).map((problem) => `\n  ${problem.at} ${problem.message}`)
  if (problems.length > mostShown) shown.push(`\n  and ${problems.length - mostShown} more`)
  throw fail('CONFIG', `${problems.length} things are wrong${shown.join('')}`, { at, ...details })
}
