import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/app/config/load-config.ts'
import { findTool, runTool } from '../support/tools/find-tool.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const UNITS = join(DEPLOY, 'systemd')
const analyze = findTool('systemd-analyze', 'STAN_REQUIRE_SYSTEMD', 'apt-get install systemd')

describe('systemd units', () => {
  test.skipIf(analyze === null)('pass systemd-analyze verify', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
    try {
      const names = await readdir(UNITS)
      expect(names).toHaveLength(4)
      for (const name of names) {
        // Node stands elsewhere on this machine.
        const text = (await readFile(join(UNITS, name), 'utf8')).replace('/usr/bin/node', process.execPath)
        const path = join(folder, name.replace('@', '@1'))
        await writeFile(path, text)
        expect(runTool(analyze!, ['verify', '--man=no', path])).toBe('')
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('stop within their time, start again after a failure and not after a mistake, and write to one folder', async () => {
    for (const name of await readdir(UNITS)) {
      const text = await readFile(join(UNITS, name), 'utf8')
      for (const line of [
        'Restart=on-failure',
        'RestartPreventExitStatus=2',
        'ProtectSystem=strict',
        'NoNewPrivileges=true',
        'KillSignal=SIGTERM',
      ]) {
        expect(text.split('\n')).toContain(line)
      }
      const [, role, folder] = /run --role (\w+) --config \S+ --data-dir (\S+)/.exec(text)!
      expect(['all', 'tracker', 'ranker', 'api']).toContain(role)
      expect(folder).toMatch(/^\/var\/lib\/stan-lifecycle\//)
    }
  })
})

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly read_only?: boolean; readonly healthcheck?: unknown; readonly command?: readonly string[] }
    >
  >
}

describe('the compose file', () => {
  test('checks the health of each role, and lets none of them write to its root file system', async () => {
    const { services } = parse(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true }) as Compose
    const own = Object.entries(services).filter(([name]) => name !== 'kafka')
    expect(own.map(([name]) => name)).toEqual(['topics', 'tracker-1', 'tracker-2', 'ranker', 'api'])
    for (const [name, service] of own) {
      const isChecked = service.healthcheck !== undefined
      const isWatched = service.command?.[0] === 'run'
      expect({ name, isReadOnly: service.read_only, isChecked }).toEqual({
        name,
        isReadOnly: true,
        isChecked: isWatched,
      })
    }
  })

  test('has settings that the program takes, with the port that the health checks ask', async () => {
    const config = await loadConfig({ file: join(DEPLOY, 'kafka.yaml'), environment: {}, flags: [] })
    expect(config.metrics).toEqual({ port: 9464, host: '0.0.0.0' })
  })

  test('builds an image that does not run as root', async () => {
    const text = await readFile(join(DEPLOY, 'Dockerfile'), 'utf8')
    expect(text).toMatch(/^USER 1000:1000$/m)
    expect(text.indexOf('USER 1000')).toBeGreaterThan(text.lastIndexOf('FROM'))
  })
})
