import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Http } from '../../src/core/ports.ts'
import type { Attempt, Rotator, Step } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { http } from '../../src/io/http.ts'
import { github } from '../../src/rotators/github/index.ts'
import type { Upstream } from '../conformance/rotator.ts'
import { fastClock } from './fast-clock.ts'
import { githubFake, type GithubFake } from './github-fake.ts'
import { lossyProxy, silentServer, type LossyProxy } from './lossy-proxy.ts'
import { credentialOf, rotatorPorts } from './rotator.ts'

export const authName = 'GITHUB_AUTH'

/** A fake of GitHub, what loses its answers, and a port that never answers, for all tests of a file. */
export interface GithubBench {
  readonly clock: ReturnType<typeof fastClock>
  fake(): GithubFake
  proxy(): LossyProxy
  open(what: Opened): Rotator
  /** A login that may do all. */
  secrets(): Map<string, Secret>
  /** How answers get lost: to what changes something. */
  readonly losing: Pick<Upstream, 'loseAnswers' | 'hearAgain'>
  /** As if the fake were github.com itself. */
  cloud(what: Opened): Rotator
  /** The port that never answers. */
  silent(what: Opened): Rotator
}

export interface Opened {
  readonly names: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  readonly ports?: Partial<RotatorPorts>
}

export const githubBench = (): GithubBench => {
  const clock = fastClock()
  let running: { fake: GithubFake; proxy: LossyProxy; silent: Awaited<ReturnType<typeof silentServer>> } | undefined
  const now = (): NonNullable<typeof running> => running ?? assert.fail('not started')
  before(async () => {
    const fake = await githubFake(clock)
    running = { fake, proxy: await lossyProxy(fake.url), silent: await silentServer() }
  })
  after(() => {
    const { fake, proxy, silent } = now()
    for (const one of [fake, proxy, silent]) one.close()
    assert.deepEqual(fake.complaints, [], 'what GitHub describes')
  })
  const open = ({ names, settings, ports }: Opened): Rotator =>
    github.open(
      credentialOf({ group: 'ci', names }, { with: 'github', endpoint: now().proxy.url, ...settings }),
      rotatorPorts({ clock, http: limited(10_000), ...ports }),
    )
  return {
    clock,
    open,
    fake: () => now().fake,
    proxy: () => now().proxy,
    secrets: () => new Map([[authName, new Secret(now().fake.login({ login: 'rotator' }))]]),
    losing: {
      loseAnswers: () => now().proxy.loseAnswersTo(({ method }) => method !== 'GET'),
      hearAgain: () => now().proxy.loseAnswersTo(() => false),
    },
    cloud: (what) =>
      open({
        ...what,
        settings: { ...what.settings, endpoint: null },
        ports: { http: limited(10_000, now().proxy.url), ...what.ports },
      }),
    silent: (what) =>
      open({
        ...what,
        settings: { ...what.settings, endpoint: now().silent.url },
        ports: { ...what.ports, http: limited(100) },
      }),
  }
}

/** Every request has its limits and says which version of the API it means. */
const limited = (timeout: number, instead?: string): Http => ({
  request: (asked, options = {}) => {
    const url = instead === undefined ? asked : asked.replace(/^https:\/\/api\.github\.com(?=\/)/, instead)
    assert.ok((options.timeout ?? 10_000) <= 10_000 && options.signal !== undefined, 'has its limits')
    assert.equal(options.headers?.['x-github-api-version'], '2022-11-28')
    return http.request(url, { ...options, timeout })
  },
})

export const stepOf = ({ secrets }: Pick<Upstream, 'secrets'>, isEmergency = false): Step => ({
  secret: (name) => secrets?.get(name) ?? null,
  signal: new AbortController().signal,
  isEmergency,
})

/** A terminal where somebody answers this; what is asked is kept. */
export const answering = (answers: readonly string[], asked: string[] = []): RotatorPorts['terminal'] => {
  const left = [...answers]
  return {
    isInteractive: true,
    askHidden: async (question) => {
      asked.push(question)
      return left.shift() ?? assert.fail('asked once too often')
    },
  }
}

/** Everything up to, and without, `install`. */
export const begun = async (one: Upstream, isEmergency = false): Promise<Attempt> => {
  const step = stepOf(one, isEmergency)
  const { values: pending, marks } = await one.rotator.propose({ ...step, values: one.values })
  return { ...step, former: one.values, pending, marks }
}

export const installed = async (one: Upstream, attempt: Attempt): Promise<Attempt> => {
  const { values: pending, marks } = await one.rotator.install(attempt)
  return { ...attempt, pending, marks }
}

export const look = async (one: Upstream, isEmergency = false): Promise<string> =>
  (await one.rotator.look({ ...stepOf(one, isEmergency), values: one.values })).note ?? ''
