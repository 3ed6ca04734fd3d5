import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { grantTo, readAccount } from '../../src/rotators/database/mysql-account.ts'
import { lackingRights, readVersion } from '../../src/rotators/database/mysql-server.ts'

const native = `IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'`
const ed25519 = `IDENTIFIED VIA ed25519 USING 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY'`
const sha2 = `IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$it''s ACCOUNT LOCK'`
const usual = `REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT`

suite('what SHOW CREATE USER says', () => {
  const lines: readonly (readonly [string, string | null, boolean, string])[] = [
    ['', 'mysql_native_password', false, ''],
    [` ${native}`, 'mysql_native_password', false, ''],
    [` ${native} ACCOUNT LOCK`, 'mysql_native_password', true, ''],
    [` ${ed25519} ACCOUNT LOCK PASSWORD EXPIRE`, 'ed25519', true, ''],
    [
      ` ${ed25519} REQUIRE SSL WITH MAX_USER_CONNECTIONS 3`,
      'ed25519',
      false,
      'REQUIRE SSL WITH MAX_USER_CONNECTIONS 3',
    ],
    [` ${native} PASSWORD EXPIRE INTERVAL 3 DAY`, 'mysql_native_password', false, 'PASSWORD EXPIRE INTERVAL 3 DAY'],
    [' IDENTIFIED VIA unix_socket', 'unix_socket', false, ''],
    [` ${ed25519} OR unix_socket REQUIRE SSL`, null, false, ''],
    [` IDENTIFIED VIA unix_socket OR mysql_native_password USING 'x'`, null, false, ''],
    [
      ` ${sha2} ${usual}`,
      'caching_sha2_password',
      false,
      'REQUIRE NONE PASSWORD EXPIRE DEFAULT PASSWORD HISTORY DEFAULT',
    ],
    [` IDENTIFIED WITH 'caching_sha2_password' AS 0x2441243030 ACCOUNT LOCK`, 'caching_sha2_password', true, ''],
    [` ${sha2} AND IDENTIFIED WITH 'authentication_webauthn' ${usual}`, null, false, ''],
  ]
  for (const [rest, plugin, isLocked, terms] of lines) {
    test(`CREATE USER …${rest}`, () => {
      const account = readAccount(`CREATE USER \`a\`\`b\`@\`%\`${rest}`, 'a`b', '%') ?? assert.fail('not read')
      assert.deepEqual([account.plugin, account.isLocked, account.quoted], [plugin, isLocked, "'a`b'@'%'"])
      if (plugin !== null) assert.equal(account.terms, terms)
      assert.deepEqual(readAccount(`CREATE USER 'a\`b'@'%'${rest}`, 'a`b', '%'), account)
    })
  }

  test('about another user: not read', () => {
    for (const line of ['CREATE USER `b`@`%`', 'CREATE USER `a`@`%`x', 'CREATE USER `a`@`localhost`', ''])
      assert.equal(readAccount(line, 'a', '%'), null)
  })
})

suite('what SHOW GRANTS says', () => {
  const lines: readonly (readonly [string, string])[] = [
    [`GRANT USAGE ON *.* TO \`a\`@\`%\` ${native}`, 'GRANT USAGE ON *.* TO X'],
    [`GRANT USAGE ON *.* TO \`a\`@\`%\` ${ed25519} REQUIRE SSL`, 'GRANT USAGE ON *.* TO X REQUIRE SSL'],
    [
      `GRANT USAGE ON *.* TO \`a\`@\`%\` ${ed25519} OR unix_socket WITH GRANT OPTION`,
      'GRANT USAGE ON *.* TO X WITH GRANT OPTION',
    ],
    ['GRANT `r`@`%` TO `a`@`%`', 'GRANT `r`@`%` TO X'],
    ['SET DEFAULT ROLE `r` FOR `a`@`%`', 'SET DEFAULT ROLE `r` FOR X'],
    ["GRANT SELECT ON `d`.* TO 'a'@'%'", 'GRANT SELECT ON `d`.* TO X'],
  ]
  for (const [line, expected] of lines) test(line, () => assert.equal(grantTo('X', line, 'a', '%'), expected))

  const all = ['CREATE USER ON *.*', 'PROCESS ON *.*', 'SELECT ON mysql.*']
  const rights: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION'], []],
    [['GRANT PROCESS, CREATE USER ON *.* TO `r`@`%`', 'GRANT SELECT ON `mysql`.* TO `r`@`%`'], []],
    [['GRANT SELECT, PROCESS, CREATE USER ON *.* TO `r`@`%`'], []],
    [['GRANT CREATE USER ON *.* TO `r`@`%`', 'GRANT SELECT ON `mysql`.`user` TO `r`@`%`'], all.slice(1)],
    [['GRANT ALL PRIVILEGES ON `mysql`.* TO `r`@`%`'], all.slice(0, 2)],
    [['GRANT USAGE ON *.* TO `r`@`%`', 'GRANT `PROCESS, CREATE USER ON *.* TO` TO `r`@`%`'], all],
  ]
  for (const [given, lacking] of rights)
    test(`an administrator with ${given.join('; ')}`, () => assert.deepEqual(lackingRights(given), lacking))
})

suite('what VERSION() says', () => {
  const versions: readonly (readonly [string, string | null, boolean])[] = [
    ['10.11.19-MariaDB-0+deb12u1-log', 'MariaDB 10.11', false],
    ['5.5.5-10.6.12-MariaDB', 'MariaDB 10.6', false],
    ['10.4.2-MariaDB', 'MariaDB 10.4', false],
    ['10.4.1-MariaDB', null, false],
    ['11.8.3-MariaDB', 'MariaDB 11.8', false],
    ['8.0.13', 'MySQL 8.0', false],
    ['8.0.14', 'MySQL 8.0', true],
    ['8.4.3-3', 'MySQL 8.4', true],
    ['9.1.0', 'MySQL 9.1', true],
    ['5.7.44-log', null, false],
    ['PostgreSQL 16', null, false],
    ['', null, false],
  ]
  for (const [text, said, hasDual] of versions)
    test(`${text}: ${said ?? 'refused'}`, () => {
      const version = readVersion(text)
      assert.deepEqual([version?.said ?? null, version?.hasDual ?? false], [said, hasDual])
    })
})
