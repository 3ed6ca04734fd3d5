import { printable } from '../host-text.ts'
import type { Finding } from './findings.ts'

export interface JunitInput {
  /** Hosts that were audited or missed: each is a suite, with a case that passed where nothing was found. */
  readonly hosts: readonly string[]
  readonly findings: readonly Finding[]
  /** Is this one a failure, or only told? */
  readonly isFailure: (finding: Finding) => boolean
}

/** Findings as JUnit XML, as CI servers read it: a suite for each host and one for the project, a case for each finding. */
export const junit = ({ hosts, findings, isFailure }: JunitInput): string => {
  const names = [...new Set([...hosts, ...findings.flatMap(({ host }) => host ?? [])])].toSorted()
  const suites = [
    suite(
      'project',
      findings.filter(({ host }) => host === null),
      isFailure,
    ),
    ...names.map((name) =>
      suite(
        name,
        findings.filter(({ host }) => host === name),
        isFailure,
      ),
    ),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="lockstep audit">\n${suites.join('')}</testsuites>\n`
}

const suite = (name: string, found: readonly Finding[], isFailure: JunitInput['isFailure']): string => {
  const failures = found.filter(isFailure).length
  const counts = `tests="${Math.max(1, found.length)}" failures="${failures}" skipped="${found.length - failures}"`
  const cases = found.length === 0 ? [passed(name)] : found.map((one) => caseOf(name, one, isFailure(one)))
  return `<testsuite name="${xml(name)}" ${counts}>\n${cases.join('')}</testsuite>\n`
}

const passed = (name: string): string => `  <testcase classname="${xml(name)}" name="audit"/>\n`

const caseOf = (name: string, one: Finding, isFailure: boolean): string => {
  const title = one.path === null ? one.id : `${one.id} ${one.path}`
  const what = isFailure
    ? `<failure type="${one.severity}" message="${xml(one.message)}">${xml(one.fix)}</failure>`
    : `<skipped message="${one.severity}: ${xml(one.message)}"/>`
  return `  <testcase classname="${xml(name)}" name="${xml(title)}">${what}</testcase>\n`
}

/** Text of an attribute or element. What XML 1.0 cannot hold at all, and what cannot be seen, is escaped visibly. */
const xml = (text: string): string =>
  printable(text)
    .toWellFormed()
    .replace(/[&<>"'\n\uFFFE\uFFFF]/g, (character) => entities[character] ?? '\uFFFD')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
}
