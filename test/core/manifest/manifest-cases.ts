/** Manifests and what must be said of them. `says` empty: accepted. `beyondSchema`: only our own checks see it. */
export interface Case {
  readonly name: string
  readonly text: string
  readonly says?: readonly (string | RegExp)[]
  readonly beyondSchema?: true
}

const full = `project: callableapis
directory: /opt/callableapis
environments: { staging: { inventory: inventory/staging } }      # its own secrets
hosts:
  oracle: { rung: cloud, cloud: oci }
groups:
  aws:         { keys: [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY], rotate: { with: aws-iam, user: callableapis-api, every: 30d, overlap: 24h } }
  cloudflare:  { keys: [CLOUDFLARE_API_TOKEN], rotate: { with: cloudflare, overlap: 1h, zone: example.org } }
  github-oidc: { keys: [GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET], rotate: { with: person, every: 90d, hint: ask github } }
  session:     { keys: [SESSION_KEY], rotate: { with: random, bytes: 32, every: 7d, previous: SESSION_KEY_PREVIOUS } }
containers:
  api:    { hosts: api_servers, groups: [aws, cloudflare], image: callableapis/api:1.4, publish: ["127.0.0.1:8080:8080"], health: /health, status: /api/secrets/status, uid: 1000 }
  worker: { hosts: workers, groups: [aws], compose: /srv/shop/compose.yaml#worker }
  cron:   { hosts: workers, groups: [aws], systemd: report.service, on_change: restart }
rollout: { at_once: 1, health_within: 60s, proof: mounted }
`

const container = (rest: string): string =>
  `project: shop\ngroups: { aws: {} }\ncontainers:\n  api: { hosts: all, groups: [aws], ${rest} }\n`

const alert = (rest: string): string => `project: shop\nalerts: [{ ${rest} }]\n`

export const cases: readonly Case[] = [
  { name: 'the smallest', text: 'project: shop\n' },
  { name: 'the design page', text: full },
  {
    name: 'a key that is nothing',
    text: 'project: shop\ngroups:\n  : {}\n',
    says: [/a key in `groups` must be text/],
  },
  {
    name: 'a key that is a number',
    text: 'project: shop\nenvironments: { 7: {} }\n',
    says: [/must be text: '7' in quotes/],
    beyondSchema: true,
  },
  { name: 'password as a file', text: 'project: shop\npassword: /run/lockstep.fifo\n' },
  { name: 'password as a command', text: 'project: shop\npassword: [pass, show, shop]\n' },
  { name: 'password as a map', text: 'project: shop\npassword: { command: [pass, show, shop] }\n' },
  { name: 'password as a ref', text: 'project: shop\npassword: { ref: "aws:shop/vault-password" }\n' },
  { name: 'signal by name', text: container('image: a/b, on_change: { signal: USR1 }') },
  { name: 'command on change', text: container('image: a/b, on_change: { command: [docker, exec, api, reload] }') },
  {
    name: 'a foreign image',
    text: container('image: redis:7, receive: files, env: { MODE: fast }, options: [--read-only]'),
  },
  { name: 'health by command', text: container('image: a/b, health: { command: [/app/check] }') },
  { name: 'health by URL', text: container('systemd: a.service, health: "http://localhost:9000/health"') },
  { name: 'publish on IPv6', text: container('image: a/b, publish: ["[::1]:80:80/tcp"]') },

  {
    name: 'every kind of alert',
    text: `project: shop
alerts:
  - { webhook: "https://ops.example.com/hook?team=1", sign: HOOK_KEY, severity: low, quiet: "22:00-07:00 Europe/Berlin" }
  - { webhook: "http://127.0.0.1:9000/" }
  - { slack: SLACK_URL, quiet: "22:00-07:00", quiet_high: true }
  - { email: [ops@example.com, a.b+c@example.org], from: lockstep@example.com }
  - { command: [/usr/local/bin/page, --team, ops] }
  - { stderr: true, severity: info }
  - { journal: true }
environments: { staging: { alerts: [] } }
`,
  },
  { name: 'nothing', text: '', says: [/^must|the file must be a map/] },
  { name: 'a list', text: '- project\n', says: ['lockstep.yaml:1:1', 'the file must be a map'] },
  { name: 'no project', text: 'directory: /opt/a\n', says: ['the file needs `project:`'] },
  { name: 'number as project', text: 'project: 12\n', says: ['lockstep.yaml:1:10', '`project` must be a name'] },
  { name: 'empty project', text: 'project:\n', says: ['`project` must be a name'] },
  { name: 'capital project', text: 'project: Shop\n', says: ['lockstep.yaml:1:10', 'small letters'] },
  { name: 'project that leaves', text: 'project: ../shop\n', says: ['small letters'] },
  {
    name: 'unknown key',
    text: 'project: shop\ncontainer: {}\n',
    says: ['lockstep.yaml:2:1', 'did you mean containers?'],
  },
  { name: 'unknown key far off', text: 'project: shop\nzzz: {}\n', says: ['unknown key zzz', /^(?!.*did you mean)/s] },
  { name: 'proto key', text: 'project: shop\n__proto__: {}\n', says: ['unknown key __proto__'] },
  { name: 'proto group', text: 'project: shop\ngroups: { __proto__: {} }\n', says: ['must be the name of a group'] },
  {
    name: 'empty groups',
    text: 'project: shop\ngroups:\n',
    says: ['lockstep.yaml:2:8', '`groups` must be a map of groups'],
  },
  { name: 'reserved group', text: 'project: shop\ngroups: { all-secrets: {} }\n', says: ['not all-secrets'] },
  {
    name: 'key with dash',
    text: 'project: shop\ngroups: { a: { keys: [A-B] } }\n',
    says: ['lockstep.yaml:2:23', 'name of a secret'],
  },
  {
    name: 'key twice',
    text: 'project: shop\ngroups: { a: { keys: [A, B, A] } }\n',
    says: ['lockstep.yaml:2:29', 'names this twice'],
  },
  {
    name: 'rotate without with',
    text: 'project: shop\ngroups: { a: { rotate: { every: 7d } } }\n',
    says: ['needs `with:`'],
  },
  {
    name: 'duration as number',
    text: 'project: shop\ngroups: { a: { rotate: { with: x, every: 7 } } }\n',
    says: ['a duration such as'],
  },
  {
    name: 'duration unknown unit',
    text: 'project: shop\nrollout: { health_within: 1y }\n',
    says: ['lockstep.yaml:2:27', 'a duration'],
  },
  {
    name: 'few bytes',
    text: 'project: shop\ngroups: { a: { rotate: { with: random, bytes: 8 } } }\n',
    says: ['from 16 to 1024'],
  },
  { name: 'no host at once', text: 'project: shop\nrollout: { at_once: 0 }\n', says: ['1 or more'] },
  { name: 'half a host', text: 'project: shop\nrollout: { at_once: 1.5 }\n', says: ['1 or more'] },
  {
    name: 'unknown proof',
    text: 'project: shop\nrollout: { proof: reportd }\n',
    says: ['one of reported, mounted, none'],
  },
  {
    name: 'unknown rung',
    text: 'project: shop\nhosts: { all: { rung: clod } }\n',
    says: ['one of host, cloud, vault, broker'],
  },
  { name: 'groups of hosts', text: 'project: shop\nhosts: { all: { groups: [a] } }\n', says: ['unknown key groups'] },
  { name: 'relative directory', text: 'project: shop\ndirectory: opt/shop\n', says: ['an absolute directory'] },
  { name: 'directory that climbs', text: 'project: shop\ndirectory: /opt/../etc\n', says: ['an absolute directory'] },
  { name: 'root directory', text: 'project: shop\ndirectory: /\n', says: ['an absolute directory'] },
  {
    name: 'password map of two',
    text: 'project: shop\npassword: { file: a, ref: "aws:b" }\n',
    says: ['`password` must be'],
  },
  { name: 'password command empty', text: 'project: shop\npassword: []\n', says: ['must not be empty'] },
  { name: 'git as word', text: 'project: shop\ngit: { commit: "yes" }\n', says: ['true or false'] },
  {
    name: 'a push of nothing',
    text: 'project: shop\ngit: { push: true }\n',
    says: ['lockstep.yaml:2:14', '`push: true` needs `commit: true`'],
    beyondSchema: true,
  },
  { name: 'what git is to do', text: 'project: shop\ngit: { commit: true, push: true }\n' },
  { name: 'the only writer', text: 'project: shop\nonly_writer: control1.example.org\n' },
  {
    name: 'a writer that is no host name',
    text: 'project: shop\nonly_writer: "me@there"\n',
    says: ['the host name of a machine'],
  },
  {
    name: 'no way to run',
    text: container('uid: 1'),
    says: ['lockstep.yaml:4:8', 'exactly one of image, compose, systemd'],
  },
  { name: 'two ways to run', text: container('image: a, systemd: b.service'), says: ['not image and systemd'] },
  {
    name: 'container without groups',
    text: 'project: s\ncontainers: { a: { hosts: all, image: b } }\n',
    says: ['container a needs `groups:`'],
  },
  {
    name: 'misspelt key of a container',
    text: container('image: a, helth: /x'),
    says: ['unknown key helth in container api; did you mean health?'],
  },
  {
    name: 'a key of compose files',
    text: container('image: a, volumes: [x]'),
    says: ['unknown key volumes in container api; here it is `options: ["--volume=/on/the/host:/inside"]`'],
  },
  {
    name: 'another key of compose files',
    text: container('image: a, environment: { A: b }'),
    says: ['unknown key environment in container api; here it is `env: { NAME: text }`'],
  },
  {
    name: 'a key of compose files elsewhere',
    text: 'project: shop\nvolumes: {}\n',
    says: ['unknown key volumes', /^(?!.*here it is)/s],
  },
  {
    name: 'compose without service',
    text: container('compose: /srv/compose.yaml'),
    says: ['compose file and a service'],
  },
  { name: 'unit that is an option', text: container('systemd: --now.service'), says: ['a unit such as'] },
  { name: 'image that is an option', text: container('image: --privileged'), says: ['an image such as'] },
  { name: 'on_change unknown', text: container('image: a, on_change: reload'), says: ['restart, signal, none'] },
  { name: 'uid as name', text: container('image: a, uid: node'), says: ['numeric user id'] },
  { name: 'option of two words', text: container('image: a, options: ["--memory 1g"]'), says: ['in one word'] },
  { name: 'env as number', text: container('image: a, env: { PORT: 80 }'), says: ['quote numbers'] },
  {
    name: 'hosts pattern as option',
    text: 'project: s\ncontainers: { a: { hosts: -x, groups: [], image: b } }\n',
    says: ['an Ansible pattern'],
  },
  {
    name: 'several at once',
    text: 'project: Shop\nrolout: {}\ngit: 1\n',
    says: ['3 things are wrong', 'lockstep.yaml:1:10', 'lockstep.yaml:2:1', 'lockstep.yaml:3:6'],
  },

  { name: 'alert without a place', text: alert('severity: high'), says: ['exactly one of webhook, slack, email'] },
  { name: 'alert to two places', text: alert('stderr: true, journal: true'), says: ['not stderr and journal'] },
  {
    name: 'a Slack address in the open',
    text: alert('slack: "https://hooks.slack.com/x"'),
    says: ['name of a secret'],
  },
  { name: 'an address with a line end', text: alert('email: ["a@b.c\\nBcc: x@y.z"]'), says: ['an address such as'] },
  { name: 'an address that is an option', text: alert('email: ["-X/tmp/x@y.z"]'), says: ['an address such as'] },
  {
    name: 'a sender with a line end',
    text: alert('email: [a@b.c], from: "a@b.c\\nX: y"'),
    says: ['an address such as'],
  },
  { name: 'quiet for a day and more', text: alert('stderr: true, quiet: "25:00-07:00"'), says: ['hours such as'] },
  {
    name: 'quiet at one time',
    text: alert('stderr: true, quiet: "07:00-07:00"'),
    beyondSchema: true,
    says: ['lockstep.yaml:2:33', 'two different times'],
  },
  {
    name: 'quiet where nobody lives',
    text: alert('stderr: true, quiet: "22:00-07:00 Europe/Atlantis"'),
    beyondSchema: true,
    says: ['a time zone that exists'],
  },
  {
    name: 'webhook in the open',
    text: alert('webhook: "http://ops.example.com/"'),
    beyondSchema: true,
    says: ['must be https'],
  },
  {
    name: 'webhook with an account',
    text: alert('webhook: "https://me:pass@ops.example.com/"'),
    beyondSchema: true,
    says: ['holds an account', /^(?!.*pass@)/s],
  },
  { name: 'signed mail', text: alert('email: [a@b.c], sign: KEY'), beyondSchema: true, says: ['goes with `webhook`'] },
  { name: 'no line', text: alert('stderr: false'), beyondSchema: true, says: ['is true, or left out'] },
  {
    name: 'told twice',
    text: 'project: shop\nalerts: [{ stderr: true }, { stderr: true, severity: high }]\n',
    beyondSchema: true,
    says: ['told already'],
  },
  {
    name: 'an environment that is told wrongly',
    text: 'project: shop\nenvironments: { staging: { alerts: [{ stderr: false }] } }\n',
    beyondSchema: true,
    says: ['is true, or left out'],
  },

  {
    name: 'group not declared',
    text: container('image: a').replace('[aws]', '[awz]'),
    beyondSchema: true,
    says: ['did you mean aws?'],
  },
  {
    name: 'key in two groups',
    text: 'project: s\ngroups: { a: { keys: [K] }, b: { keys: [K] } }\n',
    beyondSchema: true,
    says: ['K is in two groups, a and b'],
  },
  {
    name: 'previous is a key elsewhere',
    text: 'project: s\ngroups: { a: { keys: [K] }, b: { keys: [L], rotate: { with: random, previous: K } } }\n',
    beyondSchema: true,
    says: ['K is in two groups'],
  },
  {
    name: 'previous of two keys',
    text: 'project: s\ngroups: { b: { keys: [L, M], rotate: { with: random, previous: K } } }\n',
    beyondSchema: true,
    says: ['exactly one key'],
  },
  {
    name: 'cloud on the host rung',
    text: 'project: s\nhosts: { a: { rung: host, cloud: aws } }\n',
    beyondSchema: true,
    says: ['needs `rung: cloud`'],
  },
  {
    name: 'production as environment',
    text: 'project: s\nenvironments: { production: {} }\n',
    beyondSchema: true,
    says: ['at the top level'],
  },
  {
    name: 'values of the environment told of a change',
    text: container('image: a/b, receive: environment, on_change: signal'),
    beyondSchema: true,
    says: ['needs `receive: mount`'],
  },
  {
    name: 'a unit told of a change',
    text: container('systemd: a.service, on_change: { command: [reload] }'),
    beyondSchema: true,
    says: ['needs `receive: mount`'],
  },
  {
    name: 'a live directory elsewhere',
    text: container('image: a/b, on_change: none, mount: /s'),
    beyondSchema: true,
    says: ['/run/lockstep/current'],
  },
  {
    name: 'ports of a unit',
    text: container('systemd: a.service, publish: ["1:1"]'),
    beyondSchema: true,
    says: ['does not go with `systemd`'],
  },
  {
    name: 'health without a port',
    text: container('image: a, health: /x'),
    beyondSchema: true,
    says: ['needs `publish`'],
  },
  {
    name: 'health of a unit without URL',
    text: container('systemd: a.service, health: /x'),
    beyondSchema: true,
    says: ['a whole URL'],
  },
]

/** Not YAML of the plain kind: refused before the schema is asked. */
export const notYaml: readonly Case[] = [
  { name: 'broken flow', text: 'project: shop\ngroups: { a: [\n', says: ['lockstep.yaml:', 'not YAML'] },
  { name: 'duplicate key', text: 'project: shop\nproject: shop\n', says: ['lockstep.yaml:2:1', 'twice'] },
  { name: 'alias', text: 'project: shop\ngroups: { a: &a {}, b: *a }\n', says: ['lockstep.yaml:2:', 'aliases'] },
  { name: 'tag', text: 'project: !vault shop\n', says: ['lockstep.yaml:1:10', 'tags'] },
  { name: 'two documents', text: 'project: a\n---\nproject: b\n', says: ['not YAML'] },
  { name: 'deep', text: `project: ${'['.repeat(100_000)}\n`, says: ['nested too deeply'] },
  { name: 'deep blocks', text: `${'- '.repeat(10_000)}x\n`, says: ['nested too deeply'] },
  { name: 'a value pasted by mistake', text: 'project: shop\nAKIA\tSECRETVALUE\n', says: [/^(?!.*SECRETVALUE)/s] },
]
