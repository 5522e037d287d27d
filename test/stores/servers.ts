/** Database servers of a test's own: in a temporary folder, on free ports, killed and started again at will. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface OwnServer {
  readonly url: string
  readonly port: number
  start(): Promise<void>
  /** The process is gone at once, as in a crash. */
  kill(): Promise<void>
  /** Kills it and removes its data. */
  remove(): Promise<void>
}

/** Where a program lies: on the path, or where Debian puts the programs of PostgreSQL and servers. */
export function findProgram(name: string): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []
  return [...(process.env.PATH ?? '').split(delimiter), ...versions, '/usr/sbin']
    .map((folder) => join(folder, name))
    .find(existsSync)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

export async function ownPostgres(settings: readonly string[] = []): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'))
  const user = unprivileged()
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const init = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']
  execFileSync(program('initdb'), init, { ...user, cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  const options = [`port=${port}`, `unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1', ...settings]
  const args = ['-D', join(folder, 'data'), ...options.flatMap((option) => ['-c', option])]
  return ownServer(folder, port, `postgres://postgres@127.0.0.1:${port}/postgres`, () =>
    spawn(program('postgres'), args, { ...user, cwd: folder, stdio: 'ignore' }),
  )
}

export async function ownRedis(settings: readonly string[] = []): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-redis-'))
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings]
  return ownServer(folder, port, `redis://127.0.0.1:${port}`, () =>
    spawn(program('redis-server'), args, { cwd: folder, stdio: 'ignore' }),
  )
}

/** One Sentinel that decides alone, and soon. */
export async function ownSentinel(name: string, primary: OwnServer): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-sentinel-'))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 1000`,
  ]
  writeFileSync(file, settings.join('\n'))
  return ownServer(folder, port, `redis://127.0.0.1:${port}`, () =>
    spawn(program('redis-server'), [file, '--sentinel'], { cwd: folder, stdio: 'ignore' }),
  )
}

/** Every acknowledged write is in the file before it is acknowledged. */
export const durableRedis: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always']

export async function ownMariadb(settings: readonly string[] = []): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mariadb-'))
  const shared = [
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--user=${process.getuid?.() === 0 ? 'root' : ''}`,
  ]
  const install = [...shared, '--auth-root-authentication-method=normal', '--skip-test-db']
  execFileSync(program('mariadb-install-db'), install, { cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  const args = [
    ...shared,
    ...settings,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'socket')}`,
  ]
  return ownServer(folder, port, `mysql://root@127.0.0.1:${port}/mysql`, () =>
    spawn(program('mariadbd'), args, { cwd: folder, stdio: 'ignore' }),
  )
}

/** Three primaries without replicas. */
export async function ownRedisCluster(): Promise<OwnServer> {
  const settings = [...durableRedis, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes: OwnServer[] = []
  for (let index = 0; index < 3; index++) {
    const bus = await freePort()
    nodes.push(await ownRedis([...settings, '--cluster-port', `${bus}`]))
  }
  const each = async (work: (node: OwnServer) => Promise<void>): Promise<void> => {
    await Promise.all(nodes.map(work))
  }
  const [first] = nodes as [OwnServer]
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const cli = (...args: string[]): string => execFileSync(program('redis-cli'), args, { encoding: 'utf8' })
  return {
    url: first.url,
    port: first.port,
    async start() {
      await each((node) => node.start())
      if (/cluster_known_nodes:1\b/.test(cli('-p', `${first.port}`, 'cluster', 'info'))) {
        cli('--cluster', 'create', ...addresses, '--cluster-yes')
      }
      await eventually(async () =>
        nodes.every(({ port }) => cli('-p', `${port}`, 'cluster', 'info').includes('cluster_state:ok')),
      )
    },
    kill: () => each((node) => node.kill()),
    remove: () => each((node) => node.remove()),
  }
}

function program(name: string): string {
  const found = findProgram(name)
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}

function ownServer(folder: string, port: number, url: string, launch: () => ChildProcess): OwnServer {
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    const victim = child
    child = undefined
    if (victim === undefined || victim.exitCode !== null) return
    const gone = new Promise((resolve) => victim.once('exit', resolve))
    victim.kill('SIGKILL')
    await gone
  }
  process.once('exit', () => child?.kill('SIGKILL'))
  return {
    url,
    port,
    async start() {
      await eventually(async () => {
        // After a crash, the old server's children may still hold its memory for a moment.
        if (child === undefined || child.exitCode !== null) child = launch()
        return answers(port, url)
      })
    },
    kill,
    async remove() {
      await kill()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

const startupText = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')
const postgresStartup = Buffer.concat([Buffer.from([0, 0, 0, startupText.length + 4]), startupText])

/** A server greets or answers before it is of use: PostgreSQL and Redis are asked, MariaDB greets. */
async function answers(port: number, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 })
    const end = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('error', end(false)).once('timeout', end(false)).once('close', end(false))
    // Redis that still reads its file answers -LOADING, PostgreSQL that still recovers answers with an error (E).
    socket.once('data', (bytes) => end(!/^(?:-|E)/.test(bytes.toString('latin1')))())
    if (url.startsWith('redis')) socket.once('connect', () => socket.write('PING\r\n'))
    if (url.startsWith('postgres')) socket.once('connect', () => socket.write(postgresStartup))
  })
}

/** Waits for what servers do in their own time; fails after 30 seconds. */
export async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('a server did not come up within 30 seconds')
}
