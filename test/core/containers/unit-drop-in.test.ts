import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitDropIn, unitProblem } from '../../../src/core/containers/unit-drop-in.ts'
import type { UnitFacts } from '../../../src/core/containers/unit-facts.ts'
import { container, target, unitFacts } from '../../support/container.ts'

const report = container({
  name: 'report',
  runs: { kind: 'systemd', unit: 'report.service' },
  receive: 'environment',
  groups: ['aws', 'db'],
})
const scope = '/opt/shop/generations/7/containers/report'
const words = `--verified --password-file ${scope}/vault-password --directory ${scope}/secrets`

const commandsFor = (
  given: Partial<UnitFacts>,
  receive: 'environment' | 'files' = 'environment',
): readonly string[] => {
  const lines = unitDropIn({ ...report, receive }, target, unitFacts(given)).split('\n')
  const at = lines.indexOf('ExecStart=')
  assert.ok(at > 0)
  return lines.slice(at + 1, -1)
}

test('our executable stands before each command; what systemd reads before it stays before it', () => {
  const run = `/opt/shop/bin/lockstep run ${words}`
  const cases: readonly (readonly [string, Partial<UnitFacts>, string])[] = [
    ['/usr/bin/report', {}, `${run} -- /usr/bin/report`],
    ['-/usr/bin/report -x', {}, `-${run} -- /usr/bin/report -x`],
    [':/bin/sh -c "a $B"', {}, `:${run} -- /bin/sh -c "a $B"`],
    ['+/usr/bin/report', { user: 'app' }, `+${run} -- /usr/bin/report`],
    ['!!/usr/bin/report', { user: 'app' }, `!!${run} -- /usr/bin/report`],
    ['/usr/bin/report', { user: 'app' }, `!${run} --user app -- /usr/bin/report`],
    ['-:/usr/bin/report', { user: 'app', group: 'app' }, `-:!${run} --user app -- /usr/bin/report`],
    ['/usr/bin/report', { user: '1000', group: 'adm' }, `!${run} --user 1000:adm -- /usr/bin/report`],
    ['/usr/bin/report', { user: 'root', group: 'root' }, `${run} -- /usr/bin/report`],
    ['@/usr/bin/report my-name -x', {}, `${run} --called-as my-name -- /usr/bin/report -x`],
    ['-@"/opt/my app/x" "my name"', {}, `-${run} --called-as "my name" -- "/opt/my app/x"`],
    [String.raw`@/bin/a\ b 'it\'s' 'c d'`, {}, `${run} --called-as 'it\\'s' -- /bin/a\\ b 'c d'`],
  ]
  for (const [command, given, expected] of cases) {
    assert.deepEqual(commandsFor({ commands: [command], ...given }), [`ExecStart=${expected}`])
  }
})

test('a oneshot may have several commands, and values may come as files', () => {
  const files = '/run/lockstep.shop.report/secrets'
  assert.deepEqual(commandsFor({ commands: ['/bin/a', '-/bin/b'] }, 'files'), [
    `ExecStart=/opt/shop/bin/lockstep run ${words} --files ${files} -- /bin/a`,
    `ExecStart=-/opt/shop/bin/lockstep run ${words} --files ${files} -- /bin/b`,
  ])
})

test('its files are in a directory that systemd removes, and no two units share one', () => {
  const directoryOf = (project: string, environment: string, name: string): string => {
    const text = unitDropIn({ ...report, name, receive: 'files' }, { ...target, project, environment }, unitFacts())
    const [, directory = ''] = /^RuntimeDirectory=(.*)$/m.exec(text) ?? []
    assert.ok(text.includes(` --files /run/${directory}/secrets -- `))
    return directory
  }
  assert.equal(directoryOf('shop', 'production', 'report'), 'lockstep.shop.report')
  assert.equal(directoryOf('shop', 'staging', 'report'), 'lockstep.shop.staging.report')
  const alike = [
    ['a-b', 'production', 'c'],
    ['a', 'production', 'b-c'],
    ['a', 'b', 'c'],
    ['a', 'b-c', 'd'],
    ['a', 'b', 'c-d'],
    ['a-b', 'c', 'd'],
  ] as const
  assert.equal(
    new Set(alike.map(([project, environment, name]) => directoryOf(project, environment, name))).size,
    alike.length,
  )
  assert.doesNotMatch(unitDropIn(report, target, unitFacts()), /RuntimeDirectory/)
})

test('a program that reads its scope itself has it as credentials', () => {
  const text = unitDropIn({ ...report, receive: 'mount' }, target, unitFacts({ user: 'app', dynamic: true }))
  const [head, credentials] = text.split('[Service]\n')
  assert.match(head ?? '', /^# lockstep\.generation=7$/m)
  assert.equal(
    credentials,
    [
      `LoadCredential=vault-password:${scope}/vault-password`,
      `LoadCredential=manifest.json:${scope}/secrets/manifest.json`,
      `LoadCredential=all-secrets.env:${scope}/secrets/all-secrets.env`,
      `LoadCredential=aws.env:${scope}/secrets/aws.env`,
      `LoadCredential=db.env:${scope}/secrets/db.env`,
      '',
    ].join('\n'),
  )
})

test('what cannot be wrapped is said before anything is touched', () => {
  const problem = (given: Partial<UnitFacts>, receive: 'mount' | 'environment' = 'environment'): string =>
    unitProblem({ ...report, receive }, unitFacts(given))?.message ?? ''
  assert.match(unitProblem(report, undefined)?.message ?? '', /no unit report\.service/)
  assert.match(problem({ load: 'not-found' }), /no unit/)
  assert.match(problem({ load: 'masked' }, 'mount'), /no unit/)
  assert.match(problem({ dynamic: true }), /DynamicUser/)
  assert.match(problem({ otherGroups: ['docker'] }), /SupplementaryGroups/)
  assert.match(problem({ commands: [] }), /no ExecStart/)
  assert.equal(problem({ dynamic: true, otherGroups: ['docker'], commands: [] }, 'mount'), '')
  assert.equal(problem({}), '')
})
