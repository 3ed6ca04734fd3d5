/** What the schema calls a container. */
export const containerTitle = 'a container'

/** Keys that people know from compose files, to what says the same here. */
const instead: Readonly<Record<string, string>> = {
  cap_drop: '`options: ["--cap-drop=ALL"]`',
  entrypoint: '`options: ["--entrypoint=/program"]`',
  environment: '`env: { NAME: text }`, for what is no secret',
  env_file: '`groups:`, or `env: { NAME: text }` for what is no secret',
  healthcheck: '`health:`',
  labels: '`options: ["--label=name=value"]`',
  network: '`options: ["--network=name"]`',
  networks: '`options: ["--network=name"]`',
  ports: '`publish: ["127.0.0.1:8080:8080"]`',
  read_only: '`options: ["--read-only"]`',
  restart: '`options: ["--restart=always"]`; it is unless-stopped by itself',
  secrets: '`groups:`',
  user: '`uid:`',
  volumes: '`options: ["--volume=/on/the/host:/inside"]`',
}

/** `; here it is env: …` for a key of a container that goes by another name, else null. */
export const insteadOf = (key: string): string | null => {
  const found = Object.hasOwn(instead, key) ? instead[key] : undefined
  return found === undefined ? null : `; here it is ${found}`
}
