import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { CrashAim, CrashStep } from './crash-steps.ts'
import { until } from './crash-until.ts'
import { dieWithParent } from './die-with-parent.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PRELOAD = './test/support/kafka/announce-kafka-steps.ts'
const STOP_WITHIN_MS = 20_000
const KILL_AFTER_MS = 45_000

export interface CrashProcessOptions {
  readonly configFile: string
  readonly dataDir: string
  readonly aim?: CrashAim
  /** No file can grow beyond so many blocks of 512 bytes, as of `ulimit -f`. */
  readonly fileBlocks?: number
}

/** The program as a tracker, in a process of its own that announces its steps. */
export class CrashProcess {
  readonly dataDir: string
  readonly counts = new Map<CrashStep, number>()
  /** Set once the aim's signal was sent. */
  isHit = false
  lastStep: CrashStep | null = null
  private aim: CrashAim | undefined
  private readonly child: ChildProcess
  private readonly exited: Promise<unknown>
  private stderr = ''

  constructor({ configFile, dataDir, aim, fileBlocks }: CrashProcessOptions) {
    this.dataDir = dataDir
    this.aim = aim
    const program = ['src/main.ts', 'run', '--role', 'tracker', '--config', configFile, '--data-dir', dataDir]
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('STAN_'))
    const node = [process.execPath, '--import', 'tsx', '--import', PRELOAD, ...program]
    // The shell gives way to the program, which keeps its process id.
    const limit = fileBlocks === undefined ? [] : ['sh', '-c', `ulimit -f ${fileBlocks}; exec "$0" "$@"`]
    const [command, ...args] = [...limit, ...node]
    this.child = spawn(command, args, {
      cwd: ROOT,
      env: Object.fromEntries(own),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.child, 'exit')
    // Its folder is emptied with the cell's; the watchdog only ends the process.
    const watchdog = dieWithParent(this.child.pid!, dataDir)
    this.child.once('exit', () => watchdog.kill('SIGKILL'))
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    createInterface(this.child.stdio[3] as Readable).on('line', (line) => this.enter(line as CrashStep))
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Null while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.child.exitCode
  }

  count(step: CrashStep): number {
    return this.counts.get(step) ?? 0
  }

  /** What it logged, a JSON line each, and its last sentence. */
  said(): string {
    return this.stderr
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Takes aim once more, `after` more times of the step. */
  aimAgain(aim: CrashAim): void {
    this.isHit = false
    this.aim = { ...aim, occurrence: this.count(aim.step) + aim.occurrence }
  }

  async untilHit(): Promise<void> {
    await until('the process is where the signal should come', KILL_AFTER_MS, async () => {
      if (this.hasEnded && !this.isHit) throw new Error(this.endedText())
      return this.isHit
    })
  }

  async untilKilled(): Promise<void> {
    await this.untilHit()
    await this.exited
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await this.exited
  }

  /** Asks it to end and throws unless it does so in time and in order, also while it still joins the group. */
  async stop(): Promise<void> {
    await until('the process joins the group', STOP_WITHIN_MS, async () => {
      this.requireAlive()
      return this.count('assign') > 0
    })
    this.child.kill('SIGTERM')
    await until('the process ends after SIGTERM', STOP_WITHIN_MS, async () => this.hasEnded)
    if (this.exitCode !== 0) throw new Error(this.endedText())
  }

  async untilEnded(withinMs: number): Promise<void> {
    await until('the process ends', withinMs, async () => this.hasEnded)
    await this.exited
  }

  requireAlive(): void {
    if (this.hasEnded) throw new Error(this.endedText())
  }

  private enter(step: CrashStep): void {
    const { aim } = this
    this.lastStep = step
    this.counts.set(step, this.count(step) + 1)
    if (step !== aim?.step || this.count(step) !== aim.occurrence) return
    const hit = (): void => {
      this.child.kill(aim.signal)
      this.isHit = true
    }
    if (aim.delayMs === 0) hit()
    else setTimeout(hit, aim.delayMs)
  }

  private endedText(): string {
    const how = this.child.signalCode ?? `code ${this.child.exitCode}`
    return `the process ended with ${how}: ${this.stderr.trimEnd().split('\n').slice(-3).join(' | ')}`
  }
}
