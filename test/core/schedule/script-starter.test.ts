import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pythonVersion, starterOf, type Starter } from '../../../src/core/schedule/script-starter.ts'

const program = (path: string): Starter => ({ kind: 'program', path })
const named = (name: string): Starter => ({ kind: 'named', env: '/usr/bin/env', name })
const unclear: Starter = { kind: 'unclear', path: '/usr/bin/env' }

test('what a script is started by', () => {
  const table: readonly (readonly [string, Starter | null])[] = [
    ['', null],
    ['\x7fELF', null],
    ['#!python', null],
    ['#!/usr/bin/perl -w\n', program('/usr/bin/perl')],
    ['#! /bin/sh', program('/bin/sh')],
    ['#!/usr/bin/env perl\n', named('perl')],
    ['#!/usr/bin/env -S python3 -I\n', named('python3')],
    ['#!/usr/bin/env -Spython3 -I\n', named('python3')],
    ['#!/usr/bin/env --split-string=python3\n', named('python3')],
    ['#!/usr/bin/env /opt/x/python3\n', program('/opt/x/python3')],
    ['#!/usr/bin/env\n', unclear],
    ['#!/usr/bin/env -i python3\n', unclear],
    ['#!/usr/bin/env -S -u HOME python3\n', unclear],
    ['#!/usr/bin/env -S PATH=/tmp python3\n', unclear],
    [`#!/bin/sh\n'''exec' /opt/long/python "$0" "$@"\n' '''\n`, program('/opt/long/python')],
    [`#!/bin/sh\n'''exec' "/opt/a b/python" "$0" "$@"\n' '''\n`, program('/opt/a b/python')],
    [`#!/bin/sh\n'''exec' "/opt/$x/python" "$0" "$@"\n' '''\n`, program('/bin/sh')],
    [`#!/bin/sh\n'''exec' /opt/x;/tmp/y "$0" "$@"\n' '''\n`, program('/bin/sh')],
  ]
  for (const [text, starter] of table) assert.deepEqual(starterOf(text), starter, text)
})

test('what is a Python, and of which version', () => {
  const table: readonly (readonly [string, string | null])[] = [
    ['/usr/bin/python3.11', '3.11'],
    ['/usr/bin/python3', ''],
    ['/opt/x/bin/python', ''],
    ['/usr/bin/python3-config', null],
    ['/usr/bin/perl', null],
  ]
  for (const [path, version] of table) assert.equal(pythonVersion(path), version, path)
})
