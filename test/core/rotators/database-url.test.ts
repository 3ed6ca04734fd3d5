import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readDatabaseUrl, withLogin } from '../../../src/core/rotators/database-url.ts'
import { mysqlName, mysqlText, postgresName, postgresText } from '../../../src/core/rotators/sql-quote.ts'

const schemes = ['postgresql', 'postgres']

suite('addresses of databases', () => {
  type Row = readonly [
    url: string,
    user: string | null,
    password: string | null,
    place: string,
    database: string | null,
  ]
  const rows: readonly Row[] = [
    ['postgresql://u:p@h:6432/d', 'u', 'p', 'h 6432', 'd'],
    ['postgres://h', null, null, 'h null', null],
    ['postgres://u@h/', 'u', null, 'h null', null],
    ['postgresql+asyncpg://u:p@h/d?ssl=1#x', 'u', 'p', 'h null', 'd'],
    ['POSTGRESQL://u:p@h/d', 'u', 'p', 'h null', 'd'],
    ['postgres://u%40x:p%3A%2F%25@h/d%20e', 'u@x', 'p:/%', 'h null', 'd e'],
    ['postgres://u:p:q@r@h/d', 'u', 'p:q@r', 'h null', 'd'],
    ['postgres://u:p@[::1]:5433/d', 'u', 'p', '::1 5433', 'd'],
    ['postgres://u:p@a:1,b:2/d', 'u', 'p', 'null null', 'd'],
    ['postgres://u:p@/d?host=/run/postgresql', 'u', 'p', '/run/postgresql null', 'd'],
  ]
  for (const [url, user, password, place, database] of rows) {
    test(`reads ${url}`, () => {
      const { host, port, ...read } = readDatabaseUrl(url, schemes) ?? assert.fail('none')
      assert.deepEqual(read, { user, password, database, hasOtherLogin: false })
      assert.equal(`${host} ${port}`, place)
    })
  }

  for (const url of ['', 'h/d', 'mysql://u:p@h/d', 'https://u:p@h', 'postgres://u:%zz@h/d', 'postgres://u:p@h:x/d'])
    test(`refuses ${url}`, () => assert.equal(readDatabaseUrl(url, schemes), null))

  for (const parameter of ['user=x', 'password=x'])
    test(`sees the other login in ${parameter}`, () =>
      assert.equal(readDatabaseUrl(`postgres://h/d?a=1&${parameter}`, schemes)?.hasOtherLogin, true))

  const replaced: readonly (readonly [string, string])[] = [
    [
      'postgresql://u:p@h:1/d?sslmode=verify-full&x=%20#y',
      'postgresql://n%40:s%2F%3A@h:1/d?sslmode=verify-full&x=%20#y',
    ],
    ['postgres://h', 'postgres://n%40:s%2F%3A@h'],
    ['postgres://u:p@a:1,b:2/d', 'postgres://n%40:s%2F%3A@a:1,b:2/d'],
    ['postgres://u:p@q@[::1]/d', 'postgres://n%40:s%2F%3A@[::1]/d'],
  ]
  for (const [url, expected] of replaced) {
    test(`replaces the login of ${url} and nothing else`, () => {
      assert.equal(withLogin(url, 'n@', 's/:'), expected)
      const { user, password } = readDatabaseUrl(expected, schemes) ?? assert.fail('none')
      assert.deepEqual([user, password], ['n@', 's/:'])
    })
  }
})

suite('quoting for PostgreSQL', () => {
  for (const [name, expected] of [
    ['app', '"app"'],
    ['a"b', '"a""b"'],
    ["a'b\\", `"a'b\\"`],
  ] as const)
    test(`name ${name}`, () => assert.equal(postgresName(name), expected))

  for (const [text, expected] of [
    ['app', `'app'`],
    ["a'b", `'a''b'`],
    ["a\\'b", `E'a\\\\''b'`],
  ] as const)
    test(`text ${text}`, () => assert.equal(postgresText(text), expected))
})

suite('quoting for MySQL without escapes', () => {
  for (const [text, expected] of [
    ['app', `'app'`],
    ["a'b", `'a''b'`],
    ["a\\'b\\", `'a\\''b\\'`],
  ] as const)
    test(`text ${text}`, () => assert.equal(mysqlText(text), expected))

  for (const [name, expected] of [
    ['app', '`app`'],
    ['a`b', '`a``b`'],
  ] as const)
    test(`name ${name}`, () => assert.equal(mysqlName(name), expected))
})
