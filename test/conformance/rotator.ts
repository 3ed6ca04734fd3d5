import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { SecretsError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Attempt, Held, Proposal, Rotator, Values } from '../../src/core/rotate/rotator.ts'

/** One credential at a real upstream, as the suite needs it. */
export interface Upstream {
  readonly rotator: Rotator
  /** Values in force before. */
  readonly values: Values
  /** Of these, names of what the settings tell as well: it may be shown. */
  readonly shown?: readonly string[]
  /** Other secrets of the project, for settings that name one. */
  readonly secrets?: Values
  /** Values that upstream does not know, where not any text will do. */
  readonly unknown?: Values
  /** Does upstream let somebody with these values in? For a rotator without one: absent. */
  accepts?(values: Values): Promise<boolean>
  /** How many credentials upstream has now. */
  count?(): Promise<number>
  /** From now on upstream does what it is asked to do and its answers are lost: what reads gets through. */
  loseAnswers?(): void
  hearAgain?(): void
}

export interface ConformanceOptions {
  /** `isEmergency`: `install` itself ends the old value. */
  readonly rolls?: boolean
  /** Another upstream where the administrator's credential is wrong: every step that reaches it is DENIED. */
  readonly refused?: () => Promise<Upstream>
  /** Why there is no answer that could be lost; absent: `loseAnswers` is there. */
  readonly hearsAll?: string
  /** Another one where nobody answers at all: every step that reaches it is UNAVAILABLE, in time. */
  readonly silent?: () => Promise<Upstream>
}

const step = (upstream: Upstream, isEmergency = false): Omit<Held, 'values'> => ({
  secret: (name) => upstream.secrets?.get(name) ?? upstream.values.get(name) ?? null,
  signal: new AbortController().signal,
  isEmergency,
})

const attemptOf = (upstream: Upstream, { values, marks }: Proposal, isEmergency = false): Attempt => ({
  ...step(upstream, isEmergency),
  former: upstream.values,
  pending: values,
  marks,
})

const proposed = (upstream: Upstream, isEmergency = false): Promise<Proposal> =>
  upstream.rotator.propose({ ...step(upstream, isEmergency), values: upstream.values })

/** All new values, those that stay as they were included. */
const whole = (upstream: Upstream, { values }: Proposal): Values => new Map([...upstream.values, ...values])

const isAccepted = async (upstream: Upstream, values: Values, expected: boolean, what: string): Promise<void> => {
  if (upstream.accepts !== undefined) assert.equal(await upstream.accepts(values), expected, what)
}

/** What every rotator must do. `setUp` gives a new credential each time. */
export const rotatorConformance = (
  name: string,
  setUp: () => Promise<Upstream>,
  options: ConformanceOptions = {},
): void => {
  const run = (what: string, work: (upstream: Upstream) => Promise<void>): void =>
    void test(`${name}: ${what}`, async () => work(await setUp()))

  run('a whole rotation: the new value works, and the old one ends with retire and not before', async (upstream) => {
    const { rotator, values } = upstream
    const before = await upstream.count?.()
    await rotator.look({ ...step(upstream), values })
    const proposal = await proposed(upstream)
    assert.equal(await upstream.count?.(), before, 'looking and proposing change nothing')
    await isAccepted(upstream, values, true, 'old, before')
    const installed = await rotator.install(attemptOf(upstream, proposal))
    await rotator.verify(attemptOf(upstream, installed))
    const now = whole(upstream, installed)
    assert.ok(
      [...installed.values].some(([one, value]) => values.get(one)?.equals(value) !== true),
      'something is new',
    )
    await isAccepted(upstream, now, true, 'new, installed')
    if (rotator.oldStays === 'both') await isAccepted(upstream, values, true, 'old, beside it')
    if (rotator.oldStays === 'gap') await isAccepted(upstream, values, false, 'old, in the gap')
    await rotator.retire(attemptOf(upstream, installed))
    await isAccepted(upstream, now, true, 'new, at the end')
    await isAccepted(upstream, values, false, 'old, at the end')
    assert.equal(await upstream.count?.(), before)
  })

  run('every step may be repeated', async (upstream) => {
    const { rotator, values } = upstream
    const before = await upstream.count?.()
    const proposal = await proposed(upstream)
    let installed = await rotator.install(attemptOf(upstream, proposal))
    const once = await upstream.count?.()
    installed = await rotator.install(attemptOf(upstream, installed))
    assert.equal(await upstream.count?.(), once, 'installed once')
    for (let i = 0; i < 2; i++) await rotator.verify(attemptOf(upstream, installed))
    await isAccepted(upstream, whole(upstream, installed), true, 'new')
    for (let i = 0; i < 2; i++) await rotator.retire(attemptOf(upstream, installed))
    await isAccepted(upstream, whole(upstream, installed), true, 'new, at the end')
    await isAccepted(upstream, values, false, 'old, at the end')
    assert.equal(await upstream.count?.(), before)
  })

  run('killed after install and before it was recorded: it goes on, and nothing is left over', async (upstream) => {
    const { rotator, values } = upstream
    const before = await upstream.count?.()
    const proposal = await proposed(upstream)
    await rotator.install(attemptOf(upstream, proposal))
    const installed = await rotator.install(attemptOf(upstream, proposal))
    await rotator.verify(attemptOf(upstream, installed))
    await rotator.retire(attemptOf(upstream, installed))
    await isAccepted(upstream, whole(upstream, installed), true, 'new')
    await isAccepted(upstream, values, false, 'old')
    assert.equal(await upstream.count?.(), before)
  })

  run('withdrawn at any point, twice: the old value works, and nothing is left over', async (upstream) => {
    const { rotator, values } = upstream
    const before = await upstream.count?.()
    const proposal = await proposed(upstream)
    // nothing was done yet; then done and not recorded; then recorded
    await rotator.withdraw(attemptOf(upstream, proposal))
    await rotator.install(attemptOf(upstream, proposal))
    for (let i = 0; i < 2; i++) await rotator.withdraw(attemptOf(upstream, proposal))
    await isAccepted(upstream, values, true, 'old, unrecorded')
    assert.equal(await upstream.count?.(), before)
    const again = await proposed(upstream)
    const installed = await rotator.install(attemptOf(upstream, again))
    await rotator.verify(attemptOf(upstream, installed))
    for (let i = 0; i < 2; i++) await rotator.withdraw(attemptOf(upstream, installed))
    await isAccepted(upstream, values, true, 'old, recorded')
    assert.equal(await upstream.count?.(), before)
    if (upstream.accepts !== undefined) await isAccepted(upstream, whole(upstream, installed), false, 'new')
  })

  run('a second rotation follows the first', async (upstream) => {
    let current = upstream
    for (let i = 0; i < 2; i++) {
      const installed = await current.rotator.install(attemptOf(current, await proposed(current)))
      await current.rotator.verify(attemptOf(current, installed))
      await current.rotator.retire(attemptOf(current, installed))
      await isAccepted(current, whole(current, installed), true, `after rotation ${i + 1}`)
      current = { ...current, values: whole(current, installed) }
    }
  })

  run('in an emergency the old value is ended before anybody is told the new one', async (upstream) => {
    const { rotator, values } = upstream
    const installed = await rotator.install(attemptOf(upstream, await proposed(upstream, true), true))
    if (options.rolls === true) await isAccepted(upstream, values, false, 'old, rolled')
    await rotator.verify(attemptOf(upstream, installed, true))
    await rotator.retire(attemptOf(upstream, installed, true))
    await isAccepted(upstream, whole(upstream, installed), true, 'new')
    await isAccepted(upstream, values, false, 'old')
  })

  const { refused, silent, hearsAll } = options
  if (hearsAll === undefined) {
    run('lost answers leave nothing behind, forward', async (upstream) => {
      const before = await upstream.count?.()
      const proposal = await proposed(upstream)
      const lost = [await unheard(upstream, () => upstream.rotator.install(attemptOf(upstream, proposal)))]
      const installed = await upstream.rotator.install(attemptOf(upstream, proposal))
      await upstream.rotator.verify(attemptOf(upstream, installed))
      lost.push(await unheard(upstream, () => upstream.rotator.retire(attemptOf(upstream, installed))))
      await upstream.rotator.retire(attemptOf(upstream, installed))
      assert.ok(lost.includes(true), 'some answer was lost')
      await isAccepted(upstream, whole(upstream, installed), true, 'new')
      await isAccepted(upstream, upstream.values, false, 'old')
      assert.equal(await upstream.count?.(), before)
    })

    run('lost answers leave nothing behind, on the way back', async (upstream) => {
      const before = await upstream.count?.()
      const proposal = await proposed(upstream)
      await unheard(upstream, () => upstream.rotator.install(attemptOf(upstream, proposal)))
      await unheard(upstream, () => upstream.rotator.withdraw(attemptOf(upstream, proposal)))
      await upstream.rotator.withdraw(attemptOf(upstream, proposal))
      await isAccepted(upstream, upstream.values, true, 'old')
      assert.equal(await upstream.count?.(), before)
    })
  }

  if (refused !== undefined) {
    test(`${name}: what upstream refuses is DENIED, and says no value`, async () =>
      everyStepFails(await refused(), ['DENIED']))
  }
  if (silent !== undefined) {
    test(`${name}: an upstream that does not answer is UNAVAILABLE`, async () =>
      everyStepFails(await silent(), ['UNAVAILABLE']))
  }
}

/** The way forward is refused with one of these codes. What else there is may have nothing to do, or a reason of its own; no
 *  step says a value. All at once: what waits for a time limit waits together. */
const everyStepFails = async (upstream: Upstream, codes: readonly string[]): Promise<void> => {
  const { rotator, values } = upstream
  const stand: Values = upstream.unknown ?? new Map([...values].map(([one]) => [one, new Secret(canary)]))
  const attempt = attemptOf(upstream, { values: stand, marks: {} })
  const held = { ...step(upstream), values }
  const secret = [...values].flatMap(([name, value]) => (upstream.shown?.includes(name) === true ? [] : [value]))
  const all = [...secret, ...(upstream.secrets?.values() ?? []), ...stand.values()]
  const proposing = async (): Promise<Proposal> => rotator.install(attemptOf(upstream, await rotator.propose(held)))
  const must = [proposing, () => rotator.verify(attempt)].map((work) => refusedBy(work, codes, all))
  const may = [rotator.look(held), rotator.retire(attempt), rotator.withdraw(attempt)].map(async (working) => {
    const problem = await working.then(
      () => null,
      (error: unknown) => error,
    )
    if (problem !== null) await refusedBy(() => Promise.reject(problem), [...codes, 'CONFIG', 'CONFLICT'], all)
  })
  await Promise.all([...must, ...may])
}

/** Upstream does it, and we do not hear so; false: it was asked for nothing that changes anything. */
const unheard = async (upstream: Upstream, work: () => Promise<unknown>): Promise<boolean> => {
  const { loseAnswers, hearAgain } = upstream
  assert.ok(loseAnswers !== undefined, 'nothing loses its answers: say why with hearsAll')
  loseAnswers()
  const lost = await work().then(
    () => null,
    (error: unknown) => error,
  )
  hearAgain?.()
  if (lost !== null) await refusedBy(() => Promise.reject(lost), ['UNAVAILABLE'])
  return lost !== null
}

const canary = 'canary-7c1d-of-a-value'

const refusedBy = async (
  work: () => Promise<unknown>,
  codes: readonly string[],
  values: readonly Secret[] = [],
): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof SecretsError, inspect(error))
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`)
    const said = inspect(error, { depth: 10 })
    for (const value of values) assert.ok(!said.includes(value.reveal()), 'an error says a value')
    return true
  })
}
