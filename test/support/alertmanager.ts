import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, onTestFinished } from 'vitest'
import { freePorts } from './kafka/free-ports.ts'
import { temporaryFolder } from './temporary-folder.ts'

const BINARY = '/usr/bin/prometheus-alertmanager'
const START_MS = 20_000

/** Skipped, with its reason printed, where there is no Alertmanager; STAN_REQUIRE_ALERTMANAGER=1 makes that a failure. */
export const describeWithAlertmanager = whyNotHere() === null ? describe : describe.skip

function whyNotHere(): string | null {
  if (existsSync(BINARY)) return null
  const reason = `there is no ${BINARY}; apt-get install prometheus-alertmanager`
  if (process.env.STAN_REQUIRE_ALERTMANAGER === '1') throw new Error(`Cannot test with an Alertmanager: ${reason}`)
  console.warn(`The tests with an Alertmanager are skipped: ${reason}`)
  return reason
}

export interface GivenAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly status: { readonly state: string }
}

export interface Alertmanager {
  readonly url: string
  /** What it holds as firing. */
  alerts(): Promise<readonly GivenAlert[]>
}

/** Debian's Alertmanager on loopback ports, telling a webhook of everything at once. It goes away with the test. */
export async function startAlertmanager(webhookUrl: string): Promise<Alertmanager> {
  const folder = await temporaryFolder()
  const [port] = await freePorts(1)
  const config = join(folder, 'alertmanager.yml')
  await writeFile(
    config,
    [
      'route: { receiver: hook, group_by: [alertname, subject], group_wait: 100ms, group_interval: 200ms, repeat_interval: 1h }',
      'receivers:',
      '  - name: hook',
      `    webhook_configs: [{ url: "${webhookUrl}", send_resolved: true }]`,
      '',
    ].join('\n'),
  )
  const child = spawn(
    BINARY,
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  const closed = new Promise((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(url)
  return {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly GivenAlert[],
  }
}

async function untilReady(url: string): Promise<void> {
  const endMs = Date.now() + START_MS
  for (;;) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    if (Date.now() > endMs) throw new Error(`Cannot use the Alertmanager: it is not ready after ${START_MS} ms`)
    await pause(100)
  }
}

/** Looks again and again until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`${what}: not so after ${withinMs} ms`)
    await pause(50)
  }
}
