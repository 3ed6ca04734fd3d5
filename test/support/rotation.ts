/** Records of a rotation, for tests to change. */
import type { OpenCredential, OpenRotation } from '../../src/core/rotate/journal.ts'

export const openCredential = (over: Partial<OpenCredential> = {}): OpenCredential => ({
  id: 'aws',
  with: 'aws-iam',
  group: 'aws',
  host: null,
  names: ['AWS_KEY'],
  rotation: '12345678',
  state: 'proposed',
  isEmergency: false,
  isOldEnded: false,
  marks: {},
  pending: { AWS_KEY: 'canary-new' },
  former: { AWS_KEY: 'canary-old' },
  versions: { AWS_KEY: 2 },
  from: { AWS_KEY: 1 },
  set: '2026-01-01T00:00:00Z',
  formerlyRotated: {},
  overlap: 0,
  promoted: null,
  abandoned: [],
  problem: null,
  ...over,
})

export const openRotation = (over: Partial<OpenRotation> = {}): OpenRotation => ({
  id: '12345678',
  run: 'a',
  revision: 3,
  at: '2026-01-01T00:00:00Z',
  by: 'me@here (pid 1)',
  reason: null,
  hosts: [],
  renews: false,
  ...over,
})
