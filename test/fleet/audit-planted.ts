/** What is wrong with the planted host of audit.test.ts: each by the commands by which it comes to be. */

export interface Planted {
  /** For a shell on the host, as root. */
  readonly by: string
  readonly id: string
  readonly path: string | RegExp
  readonly says?: RegExp
}

export interface PlantedValues {
  /** One word. */
  readonly aws: string
  /** Of several words, with quotes. */
  readonly sentence: string
  readonly projectPassword: string
}

/** setfacl and setfattr are not on every machine: the system call that they make. */
const attribute = (path: string, name: string, value: string): string =>
  `python3 -c 'import os,struct;os.setxattr("${path}","${name}",${value})'`

const accessList = (path: string, name: string, id: number): string =>
  attribute(
    path,
    `system.posix_acl_${name}`,
    `struct.pack("<I",2)+b"".join(struct.pack("<HHI",*e) for e in [(1,7,-1&0xffffffff),(2,5,${id}),(4,0,0xffffffff),(16,5,0xffffffff),(32,0,0xffffffff)])`,
  )

/** A program that is there until its host is gone; a crash would write its memory to disk. */
const running = (environment: string, name: string, argument = ''): string =>
  `ulimit -S -c unlimited; cp /bin/sh /srv/${name} && ${environment} setsid /srv/${name} -c 'sleep 600; :' ${argument} >/dev/null 2>&1 </dev/null &`

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const generation = '/opt/shop/generations/1'

/** Modes, owners and kinds; the link goes last, as others read through it. */
export const plantedPaths = (): readonly Planted[] => [
  { by: 'chmod 775 /opt', id: 'PARENT-LOOSE', path: '/opt' },
  { by: `chmod 644 ${generation}/secrets/manifest.json`, id: 'WORLD-READABLE', path: /manifest\.json$/ },
  { by: 'chmod 620 /opt/shop/ledger/lease.json', id: 'GROUP-WRITABLE', path: /lease\.json$/ },
  { by: `chown nobody ${generation}/secrets`, id: 'NON-ROOT-OWNER', path: `${generation}/secrets` },
  { by: 'chmod 750 /opt/shop/generations', id: 'WRONG-MODE', path: '/opt/shop/generations' },
  { by: `ln ${generation}/secrets/all-secrets.env /opt/x`, id: 'WRONG-KIND', path: /all-secrets\.env$/, says: /hard/ },
  { by: 'ln -s /etc /opt/shop/bin', id: 'WRONG-KIND', path: '/opt/shop/bin', says: /is a link/ },
  { by: 'mkfifo /opt/shop/pipe', id: 'UNKNOWN-FILE', path: '/opt/shop/pipe' },
  { by: accessList(`${generation}/secrets/aws.env`, 'access', 65534), id: 'ACL-GRANTS', path: /aws\.env$/ },
  { by: accessList('/opt/shop/ledger', 'default', 65534), id: 'ACL-GRANTS', path: '/opt/shop/ledger' },
  { by: attribute('/opt/shop/host.json', 'user.note', 'b"x"'), id: 'ODD-ATTRIBUTE', path: '/opt/shop/host.json' },
  { by: `chattr +i ${generation}/secrets/db.env`, id: 'IMMUTABLE', path: /db\.env$/, says: /immutable/ },
  { by: 'chattr +a /opt/shop/ledger/ledger.vault', id: 'IMMUTABLE', path: /ledger\.vault$/, says: /append-only/ },
  { by: 'rm /opt/shop/vault-password', id: 'KEY-REMAINS', path: `${generation}/vault-password` },
]

/** Values and passwords where they should not be. */
export const plantedValues = ({ aws, sentence, projectPassword }: PlantedValues): readonly Planted[] => {
  const into = (path: string, text: string): string =>
    `mkdir -p $(dirname '${path}') && cat > '${path}' <<'PLANTED'\n${text}\nPLANTED`
  const file = (path: string, text: string, id: string, says = /^AWS_KEY:/): Planted => ({
    by: into(path, text),
    id,
    path,
    says,
  })
  return [
    file('/opt/shop/aws.env~', `AWS_KEY=${aws}`, 'PLAINTEXT'),
    { by: running(`TOKEN=${aws}`, 'holder'), id: 'VALUE-IN-ENVIRONMENT', path: 'holder of uid 0' },
    { by: running('', 'teller', base64(aws)), id: 'VALUE-IN-ARGUMENTS', path: 'teller of uid 0' },
    file('/etc/systemd/system/a.service', `[Service]\nEnvironment="KEY=${aws}"`, 'VALUE-IN-UNIT'),
    file('/etc/systemd/system/b.service.d/c.conf', `[Service]\nSetCredential=k:${aws}`, 'VALUE-IN-UNIT'),
    file('/run/systemd/transient/r.service', `[Service]\nEnvironment=KEY=${aws}`, 'VALUE-IN-UNIT'),
    file('/etc/cron.d/report', `0 6 * * * root curl -H "X-Key: ${aws}" http://x`, 'VALUE-IN-CRON'),
    {
      by: `echo '0 6 * * * report --key=${aws}' | crontab -`,
      id: 'VALUE-IN-CRON',
      path: '/var/spool/cron/crontabs/root',
    },
    file('/srv/web/compose.yaml', `services: { web: { environment: { KEY: '${aws}' } } }`, 'VALUE-IN-COMPOSE'),
    file('/etc/environment', `KEY="${sentence}"`, 'VALUE-IN-SETTINGS', /^DB_KEY:/),
    file('/root/.netrc', `machine x login shop password ${aws}`, 'VALUE-IN-SETTINGS'),
    file('/root/.bash_history', `ls\nexport KEY='${aws}'`, 'VALUE-IN-HISTORY'),
    file('/home/deploy/.psql_history', `select 1 where '${aws}' = '';`, 'VALUE-IN-HISTORY'),
    file(
      '/home/deploy/.node_repl_history',
      `fetch('https://x/?key=${encodeURIComponent(sentence)}')`,
      'VALUE-IN-HISTORY',
      /DB_/,
    ),
    file('/var/log/app/web.log', `GET /?key=${aws} 200`, 'VALUE-IN-LOG'),
    { by: `echo 'key ${aws}' | gzip > /var/log/app.log.2.gz`, id: 'VALUE-IN-LOG', path: '/var/log/app.log.2.gz' },
    file('/root/.aws.env.swp', `b0VIM 9.0\nAWS_KEY=${aws}`, 'VALUE-IN-FILE'),
    file('/home/deploy/notes.txt', `the db: ${sentence}, do not lose it`, 'VALUE-IN-FILE', /^DB_KEY:/),
    file('/tmp/x/dump.json', JSON.stringify({ key: sentence }), 'VALUE-IN-FILE', /^DB_KEY:/),
    file('/root/.ansible/tmp/ansible-tmp-1/args', `{"key": "${aws}"}`, 'VALUE-IN-FILE'),
    {
      by: 'touch -d 2020-01-01 /root/.ansible/tmp/ansible-tmp-1/args',
      id: 'ANSIBLE-LEFT',
      path: /ansible-tmp-1\/args$/,
    },
    { by: 'cp /opt/shop/vault-password /opt/shop/notes', id: 'KEY-COPY', path: '/opt/shop/notes' },
    { by: running('P=$(cat /opt/shop/vault-password)', 'opener'), id: 'KEY-COPY', path: 'opener of uid 0' },
    {
      by: 'mkdir /opt/shop.bak && cp -a /opt/shop/generations /opt/shop.bak/',
      id: 'KEY-COPY',
      path: /^\/opt\/shop\.bak\/.*vault-password$/,
    },
    { by: 'chmod 700 /opt/shop.bak', id: 'COPY-BESIDE', path: '/opt/shop.bak' },
    {
      // of an older generation, whose password the host has no more
      by: 'cp -rp /opt/shop /root/aside && echo older > /root/aside/generations/1/vault-password',
      id: 'KEY-COPY',
      path: '/root/aside/generations/1/vault-password',
      says: /a copy that it opens/,
    },
    { by: 'true', id: 'COPY-BESIDE', path: '/root/aside', says: /by what is in it/ },
    {
      by: 'mkdir -p /var/backups && tar -C /opt -czf /var/backups/shop.tar.gz shop && chmod 644 /var/backups/shop.tar.gz',
      id: 'BACKUP-READABLE',
      path: '/var/backups/shop.tar.gz',
    },
    { by: 'true', id: 'KEY-COPY', path: '/var/backups/shop.tar.gz' },
    file('/root/pw', projectPassword, 'PROJECT-PASSWORD', /./),
    file('/root/shop/.vault-password', projectPassword, 'CLONE', /./),
  ]
}

/** What docker shows, and to whom. `shop/sh:1` is an image with a shell. */
export const plantedEngine = ({ aws }: PlantedValues): readonly Planted[] => [
  {
    by: `docker create --name by-env -e KEY=${aws} shop/sh:1 true`,
    id: 'VALUE-IN-CONTAINER',
    path: 'by-env',
    says: /environment/,
  },
  {
    by: `docker create --name by-command shop/sh:1 echo ${aws}`,
    id: 'VALUE-IN-CONTAINER',
    path: 'by-command',
    says: /command/,
  },
  {
    by: `docker create --name by-label -l key=${aws} shop/sh:1 true`,
    id: 'VALUE-IN-CONTAINER',
    path: 'by-label',
    says: /labels/,
  },
  {
    by: `printf 'FROM shop/sh:1\\nLABEL key=${aws}\\n' | DOCKER_BUILDKIT=0 docker build -q -t shop/labelled:1 -`,
    id: 'VALUE-IN-IMAGE',
    path: 'shop/labelled:1',
    says: /history/,
  },
  {
    by: `docker run --name by-log -v /srv/said:/said:ro shop/sh:1 cat /said`,
    id: 'VALUE-IN-LOG',
    path: /^\/var\/lib\/docker\/containers\/.*-json\.log$/,
  },
  {
    by: 'docker create --name reaches -v /run/docker.sock:/run/docker.sock shop/sh:1 true',
    id: 'ENGINE-REACH',
    path: 'reaches',
  },
  {
    by: 'docker create --name gone -l lockstep.project=shop -l lockstep.environment=production -l lockstep.container=gone shop/sh:1 true',
    id: 'NOT-DECLARED',
    path: 'gone',
  },
  { by: 'chmod 666 /run/docker.sock', id: 'ENGINE-OPEN', path: '/run/docker.sock' },
  {
    by: `mkdir -p /etc/docker && echo '{"hosts": ["tcp://0.0.0.0:2375"]}' > /etc/docker/daemon.json`,
    id: 'ENGINE-OPEN',
    path: 'tcp://0.0.0.0:2375',
  },
  {
    by: `groupadd -f helpers && usermod -aG helpers deploy && mkdir -p /run/podman && python3 -c 'import socket;socket.socket(socket.AF_UNIX).bind("/run/podman/podman.sock")' && chgrp helpers /run/podman/podman.sock && chmod 660 /run/podman/podman.sock`,
    id: 'ENGINE-GROUP',
    path: '/run/podman/podman.sock',
    says: /^deploy: .*helpers/,
  },
]

/** What holds for the host as a whole. The kernel's own files are the machine's: others stand in their places. */
export const plantedMachine = (): readonly Planted[] => [
  { by: 'useradd -o -u 0 -M toor', id: 'ROOT-ACCOUNT', path: '/etc/passwd', says: /^toor:/ },
  {
    by: `usermod -p '$6$x$y' root && sed -i 's/^PermitRootLogin.*/PermitRootLogin yes/; s/^PasswordAuthentication.*/PasswordAuthentication yes/' /etc/ssh/sshd_config`,
    id: 'ROOT-PASSWORD',
    path: '/etc/ssh/sshd_config',
  },
  { by: 'true', id: 'ROOT-KEYS', path: '~root/.ssh/authorized_keys' },
  {
    by: `echo 'deploy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy`,
    id: 'SUDO-ALL',
    path: '/etc/sudoers',
    says: /^deploy:/,
  },
  {
    by: 'rm -f /etc/ssh/ssh_host_rsa_key*; ssh-keygen -q -t rsa -b 1024 -N "" -f /etc/ssh/ssh_host_rsa_key',
    id: 'HOST-KEY-WEAK',
    path: '/etc/ssh/ssh_host_rsa_key',
    says: /1024/,
  },
  {
    by: 'rm -f /etc/ssh/ssh_host_ecdsa_key*; ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/ssh_host_ecdsa_key && touch -d 2019-01-01 /etc/ssh/ssh_host_ecdsa_key',
    id: 'HOST-KEY-OLD',
    path: '/etc/ssh/ssh_host_ecdsa_key',
  },
  {
    by: `printf 'Filename Type Size Used Priority\\n/swapfile file 1 0 -2\\n' > /srv/swaps && mount --bind /srv/swaps /proc/swaps`,
    id: 'SWAP-OPEN',
    path: '/proc/swaps',
  },
  {
    by: 'echo core > /srv/pattern && mount --bind /srv/pattern /proc/sys/kernel/core_pattern',
    id: 'CORE-PATTERN',
    path: '/proc/sys/kernel/core_pattern',
  },
  {
    by: 'mkdir -p /var/crash && head -c 5000 /dev/urandom > /var/crash/api.core',
    id: 'CORE-DUMP',
    path: '/var/crash/api.core',
  },
  {
    by: 'echo "# x" > /etc/cron.d/lockstep-shop && chmod 666 /etc/cron.d/lockstep-shop',
    id: 'PIECE-WRITABLE',
    path: '/etc/cron.d/lockstep-shop',
  },
  {
    by: 'mkdir -p /etc/systemd/system/r.service.d && touch /etc/systemd/system/r.service.d/lockstep.conf && chown deploy /etc/systemd/system/r.service.d/lockstep.conf',
    id: 'PIECE-WRITABLE',
    path: '/etc/systemd/system/r.service.d/lockstep.conf',
  },
  { by: 'chmod 775 /etc/systemd/system', id: 'PIECE-WRITABLE', path: '/etc/systemd/system' },
]
