/** Records of a rotation, for tests to change. */
import type { OpenCredential, OpenRotation } from '../../src/core/rotate/journal.ts'
import type { RotatedRow, RotationReport } from '../../src/core/rotate/rotation-report.ts'

export const openCredential = (over: Partial<OpenCredential> = {}): OpenCredential => ({
  id: 'aws',
  with: 'aws-iam',
  settings: null,
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

/** Of a run that had nothing to do, but for what is given. */
export const rotationReport = (over: Partial<RotationReport> = {}): RotationReport => ({
  plan: '7f3a51c2',
  environment: 'production',
  isCheck: false,
  isRefused: false,
  isEmergency: false,
  exposed: null,
  rows: [],
  hosts: [],
  provable: { api: 'reported' },
  missing: [],
  abandoned: [],
  waiting: [],
  leftOut: [],
  isOpen: false,
  backup: null,
  git: null,
  rotations: { half: null, waiting: [], failed: [], ended: null },
  notes: [],
  ...over,
})

export const rotatedRow = (over: Partial<RotatedRow> = {}): RotatedRow => ({
  id: 'aws',
  names: ['AWS_ID', 'AWS_SECRET'],
  group: 'aws',
  host: null,
  with: 'aws-iam',
  hosts: ['onode1'],
  age: 0,
  every: null,
  state: 'fresh',
  action: 'rotate',
  oldStays: 'both',
  overlap: 0,
  note: null,
  why: null,
  problem: null,
  versions: {},
  end: 'retired',
  ...over,
})
