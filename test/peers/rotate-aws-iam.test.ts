import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Http } from '../../src/core/ports.ts'
import type { Attempt, Held, Proposal, Rotator, Values } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import type { AccessKey } from '../../src/crypto/aws-signature.ts'
import { http } from '../../src/io/http.ts'
import type { Listed } from '../../src/rotators/aws/access-keys.ts'
import { awsIam } from '../../src/rotators/aws/iam.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { fastClock } from '../support/fast-clock.ts'
import { lossyProxy, silentServer, type LossyProxy } from '../support/lossy-proxy.ts'
import { startMoto, type Moto } from '../support/moto.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

let moto: Moto
let proxy: LossyProxy
let silent: Awaited<ReturnType<typeof silentServer>>

before(async () => {
  moto = await startMoto()
  proxy = await lossyProxy(moto.url)
  silent = await silentServer()
})
after(async () => {
  proxy.close()
  silent.close()
  await moto.stop()
})

/** What docs/rotators.md says that the user needs. */
const rights = ['List', 'Create', 'Update', 'Delete'].map((verb) => `iam:${verb}AccessKey${verb === 'List' ? 's' : ''}`)
const least = [...rights, 'iam:GetAccessKeyLastUsed']

const [idName, secretName] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
const [adminId, adminSecret] = ['IAM_ADMIN_ID', 'IAM_ADMIN_SECRET']

const valuesOf = ({ id, secret }: AccessKey): Values =>
  new Map([
    [idName, id],
    [secretName, secret],
  ])

const keyOf = (values: Values): AccessKey => ({
  id: values.get(idName) ?? assert.fail('no id'),
  secret: values.get(secretName) ?? assert.fail('no secret'),
})

const opened = (settings: Record<string, unknown> = {}, ports: Partial<RotatorPorts> = {}): Rotator =>
  awsIam.open(
    credentialOf(
      { group: 'aws', names: [idName, secretName, 'AWS_REGION'] },
      { with: 'aws-iam', endpoint: proxy.url, ...settings },
    ),
    rotatorPorts(ports),
  )

let users = 0
const newName = (): string => `deploy-${++users}`

const listed = async (name: string): Promise<readonly Listed[]> => moto.as(moto.root).list(name)

/** moto lets inactive keys in, which AWS does not: what it lists stands in for that. */
const accepts = async (name: string, key: AccessKey): Promise<boolean> => {
  const isActive = (await listed(name)).some(({ id, isActive: is }) => id === key.id.reveal() && is)
  return isActive && (await moto.as(key).whoAmI()).refused === null
}

const upstream = async (by: 'itself' | 'admin'): Promise<Upstream> => {
  const name = newName()
  const key = await moto.user(name, by === 'itself' ? least : [])
  const admin = by === 'admin' ? await moto.user(`${name}-admin`, least) : null
  return {
    rotator: opened(admin === null ? {} : { admin: adminId, admin_secret: adminSecret }),
    values: new Map([...valuesOf(key), ['AWS_REGION', new Secret('region-of-the-project')]]),
    ...(admin === null
      ? {}
      : {
          secrets: new Map([
            [adminId, admin.id],
            [adminSecret, admin.secret],
          ]),
        }),
    accepts: (values) => accepts(name, keyOf(values)),
    count: async () => (await listed(name)).length,
    loseAnswers: () => proxy.loseAnswersTo(({ body }) => /Action=(Create|Update|Delete)/.test(body)),
    hearAgain: () => proxy.loseAnswersTo(() => false),
  }
}

/** Waiting a minute for a key that is not known yet takes no time. */
const wrongSecret = async (): Promise<Upstream> => {
  const { id } = await moto.user(newName(), least)
  return {
    rotator: opened({}, { clock: fastClock() }),
    values: valuesOf({ id, secret: new Secret('not-the-secret-of-it') }),
  }
}

const impatient: Http = {
  request: (url, options = {}) => {
    assert.ok((options.timeout ?? 60_000) <= 10_000 && options.signal !== undefined, 'every request has its limits')
    return http.request(url, { ...options, timeout: 100 })
  },
}

const unanswered = async (): Promise<Upstream> => ({
  rotator: opened({ endpoint: silent.url }, { http: impatient }),
  values: valuesOf({ id: new Secret('AKIAIOSFODNN7EXAMPLE'), secret: new Secret('a-secret-for-nobody') }),
})

rotatorConformance('aws-iam, the key replaces itself', () => upstream('itself'), {
  refused: wrongSecret,
  silent: unanswered,
})
rotatorConformance('aws-iam, an administrator replaces it', () => upstream('admin'))

const held = (key: AccessKey | null, isEmergency = false): Held => ({
  values: key === null ? new Map() : valuesOf(key),
  secret: () => null,
  signal: new AbortController().signal,
  isEmergency,
})

const attempt = (key: AccessKey, { values, marks }: Proposal, isEmergency = false): Attempt => ({
  ...held(key, isEmergency),
  former: valuesOf(key),
  pending: values,
  marks,
})

const states = async (name: string): Promise<readonly boolean[]> => (await listed(name)).map(({ isActive }) => isActive)

suite('aws-iam', () => {
  const installed = async (rotator: Rotator, key: AccessKey, isEmergency = false): Promise<Attempt> => {
    const proposal = await rotator.propose(held(key, isEmergency))
    const done = await rotator.install(attempt(key, proposal, isEmergency))
    await rotator.verify(attempt(key, done, isEmergency))
    return attempt(key, done, isEmergency)
  }

  test('the official client gets in with the new key, and not with the old one', async () => {
    const [name, rotator] = [newName(), opened()]
    const key = await moto.user(name, least)
    const done = await installed(rotator, key)
    await rotator.retire(done)
    assert.equal(await moto.official(keyOf(done.pending)), `arn:aws:iam::123456789012:user/${name}`)
    assert.equal(await moto.official(key), null)
  })

  test('marks hold no value, and the plan says how many keys there are', async () => {
    const key = await moto.user(newName(), least)
    assert.deepEqual(await opened().look(held(key)), { note: 'key slots 1/2' })
    const { values, marks } = await opened().propose(held(key))
    assert.equal(values.size, 0)
    assert.ok(!JSON.stringify(marks).includes(key.id.reveal()))
  })

  test('two keys already: both are told with age and use, and what frees one', async () => {
    const name = newName()
    const key = await moto.user(name, least)
    const second = (await moto.as(moto.root).create(name)) ?? assert.fail()
    const error = await refusal('CONFLICT', opened().look(held(key)))
    assert.match(error.message, /that of AWS_ACCESS_KEY_ID \(made 0s ago, last used 0s ago by \w+ in us-east-1\)/)
    assert.ok(error.message.includes(`${second.id.reveal()} (made 0s ago, never used)`))
    assert.ok(!error.message.includes(key.id.reveal()))
    const id = `--user-name ${name} --access-key-id ${second.id.reveal()}`
    assert.equal(
      error.hint,
      `aws iam update-access-key --status Inactive ${id}, and when nobody misses it: aws iam delete-access-key ${id}`,
    )
  })

  test('a key made by somebody else, and used, is left alone', async () => {
    const [name, rotator] = [newName(), opened()]
    const key = await moto.user(name, least)
    const proposal = await rotator.propose(held(key))
    const foreign = (await moto.as(moto.root).create(name)) ?? assert.fail()
    await moto.as(foreign).whoAmI()
    for (const step of [rotator.install, rotator.withdraw]) {
      const error = await refusal('CONFLICT', step(attempt(key, proposal)))
      assert.match(error.message, /is new and not ours: sts was asked with it 20/)
    }
    assert.equal((await listed(name)).length, 2)
  })

  test('an old key that somebody still uses is made inactive and told; another overlap later it goes', async () => {
    const [name, clock] = [newName(), fastClock()]
    const rotator = opened({ overlap: '1h' }, { clock })
    const key = await moto.user(name, least)
    const done = await installed(rotator, key)
    const error = await refusal('CONFLICT', rotator.retire(done))
    assert.match(error.message, /was still used 20\S+, by \w+ in us-east-1: it is inactive now, and not deleted/)
    assert.deepEqual(await states(name), [false, true])
    await refusal('CONFLICT', rotator.retire(done))
    clock.pass(3_600_000)
    await rotator.retire(done)
    assert.deepEqual(await states(name), [true])
  })

  test('one that nobody used for the whole overlap is deleted at once', async () => {
    const [name, clock] = [newName(), fastClock()]
    const rotator = opened({ overlap: '1h' }, { clock })
    const done = await installed(rotator, await moto.user(name, least))
    clock.pass(3_600_000)
    await rotator.retire(done)
    assert.deepEqual(await states(name), [true])
  })

  test('in an emergency the old one is inactive at once, and deleted when retired again', async () => {
    const [name, rotator] = [newName(), opened({ overlap: '1h' })]
    const key = await moto.user(name, least)
    const done = await installed(rotator, key, true)
    await rotator.retire(done)
    assert.deepEqual(await states(name), [false, true])
    await rotator.retire(done)
    assert.deepEqual(await states(name), [true])
  })

  test('withdrawn after the old one was made inactive: that is undone, by whichever key may', async () => {
    const [name, rotator] = [newName(), opened()]
    const key = await moto.user(name, least)
    const done = await installed(rotator, key, true)
    await rotator.retire(done)
    // AWS would refuse the inactive key here; a wrong secret stands in for that
    await rotator.withdraw({ ...done, former: valuesOf({ ...key, secret: new Secret('refused') }) })
    assert.deepEqual(await states(name), [true])
    assert.ok(await accepts(name, key))
  })

  test('the last key that works is never ended', async () => {
    const [name, rotator] = [newName(), opened()]
    const key = await moto.user(name, least)
    const done = await installed(rotator, key)
    await moto.as(moto.root).activate(name, keyOf(done.pending).id.reveal(), false)
    await refusal('CONFLICT', rotator.retire(done))
    await refusal('CONFLICT', rotator.retire({ ...done, pending: valuesOf(key) }))
    assert.deepEqual(await states(name), [true, false])
  })

  test('a new key that is not known yet is tried again for a minute', async () => {
    const clock = fastClock()
    const key = await moto.user(newName(), least)
    let refusals = 0
    const late: Http = {
      request: async (url, options) => {
        const isUnknown = String(options?.body).includes('GetCallerIdentity') && ++refusals < 5
        const headers = isUnknown
          ? {
              ...options?.headers,
              authorization:
                'AWS4-HMAC-SHA256 Credential=AKIANOBODY/20261123/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0',
            }
          : options?.headers
        return http.request(url, { ...options, ...(headers === undefined ? {} : { headers }) })
      },
    }
    const done = await installed(opened(), key)
    await opened({}, { clock, http: late }).verify(done)
    assert.equal(refusals, 5)
    assert.equal(clock.slept(), 8_000)
    const error = await refusal(
      'DENIED',
      opened({}, { clock }).verify({ ...done, pending: valuesOf({ ...key, secret: new Secret('wrong') }) }),
    )
    assert.match(error.message, /refused GetCallerIdentity \(403 SignatureDoesNotMatch\)/)
    assert.ok(clock.slept() >= 60_000)
  })

  test('a first key can only be made by an administrator, for a user that is named', async () => {
    const name = newName()
    await moto.iam('CreateUser', { UserName: name })
    const secret = (one: string): Secret | null => (one === adminId ? moto.root.id : moto.root.secret)
    const settings = { admin: adminId, admin_secret: adminSecret }
    const first: Held = { ...held(null), secret }
    assert.match((await refusal('CONFIG', opened(settings).look(first))).message, /user: is missing/)
    assert.match((await refusal('CONFIG', opened({ user: name }).look(held(null)))).hint ?? '', /^lockstep set AWS_ACC/)
    const rotator = opened({ ...settings, user: name })
    const done = await rotator.install({ ...first, ...(await begun(rotator, first)) })
    const whole = { ...first, former: first.values, pending: done.values, marks: done.marks }
    await rotator.verify(whole)
    await rotator.retire(whole)
    assert.ok(await accepts(name, keyOf(done.values)))
    await rotator.withdraw(whole)
    assert.deepEqual(await states(name), [])
  })

  test('a right that is missing is told in the plan', async () => {
    const key = await moto.user(newName(), ['iam:ListAccessKeys'])
    const error = await refusal('DENIED', opened().look(held(key)))
    assert.match(error.message, /refused GetAccessKeyLastUsed \(403 AccessDenied\)/)
    assert.match(error.hint ?? '', /docs\/rotators\.md/)
  })

  test('the key of another user is not taken for this one’s', async () => {
    const [name, key] = [newName(), await moto.user(newName(), least)]
    await moto.user(name, [])
    const error = await refusal('CONFIG', opened({ user: name }).look(held(key)))
    assert.match(error.message, /AWS_ACCESS_KEY_ID is not among the access keys of deploy-/)
  })

  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{ user: 'a user' }, /user: is not the name of an IAM user/],
    [{ endpoint: 'http://iam.example.com/' }, /endpoint: must be https/],
    [{ endpoint: 'https://me:pw@iam.example.com/' }, /endpoint: holds an account/],
    [{ endpoint: 'iam.example.com' }, /endpoint: is not an https address/],
    [{ region: 'Frankfurt' }, /region: is not a region/],
    [{ admin: adminId }, /admin_secret: is missing/],
    [{ id: 'AWS_REGION_X' }, /id: AWS_REGION_X is not a key of aws/],
    [{ username: 'deploy' }, /no setting username/],
  ]
  for (const [settings, message] of wrong) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      const error = await refusal('CONFIG', async () => opened(settings))
      assert.match(error.message, message)
      assert.equal(error.at, 'lockstep.yaml: groups.aws.rotate')
    })
  }
})

const begun = async (rotator: Rotator, first: Held): Promise<Pick<Attempt, 'former' | 'pending' | 'marks'>> => {
  const { values, marks } = await rotator.propose(first)
  return { former: first.values, pending: values, marks }
}
