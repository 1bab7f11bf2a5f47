import cliProgress from 'cli-progress'

/** Progress of a long job: a bar with rate and time left on a terminal, a plain line every few seconds otherwise. */
export interface Progress {
  /** `done` of `total` in any unit that grows evenly, null when it is not known; `count` in what the rate is told in. */
  update(done: number, total: number | null, count: number): void
  /** Ends the display; more than one call is fine. */
  stop(): void
}

const PLAIN_EVERY_MS = 5000
const BAR_COLUMNS = 24
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** `now` is a clock in ms. */
export function createProgress(
  label: string,
  unit: string,
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): Progress {
  return stream.isTTY ? new Bar(label, unit, stream, now) : new PlainLines(label, unit, stream, now)
}

class PlainLines implements Progress {
  private nextMs: number
  private readonly meter: Meter
  private readonly label: string
  private readonly unit: string
  private readonly stream: NodeJS.WritableStream
  private readonly now: () => number

  constructor(label: string, unit: string, stream: NodeJS.WritableStream, now: () => number) {
    this.label = label
    this.unit = unit
    this.stream = stream
    this.now = now
    this.nextMs = now() + PLAIN_EVERY_MS
    this.meter = new Meter(now)
  }

  update(done: number, total: number | null, count: number): void {
    if (this.now() < this.nextMs) return
    this.nextMs = this.now() + PLAIN_EVERY_MS
    const { label, unit, meter } = this
    const percent = total === null ? '' : ` ${((100 * done) / Math.max(1, total)).toFixed(0)} %,`
    const left = total === null ? '' : `, ${meter.left(done, total)} left`
    this.stream.write(`${label}${percent} ${count} ${unit}, ${meter.rate(count)} ${unit}/s${left}\n`)
  }

  stop(): void {}
}

class Bar implements Progress {
  private readonly bar: cliProgress.SingleBar
  private readonly meter: Meter
  private isActive = true
  private knowsTotal = false

  constructor(label: string, unit: string, stream: NodeJS.WriteStream, now: () => number) {
    this.meter = new Meter(now)
    this.bar = new cliProgress.SingleBar({
      stream,
      format: (_options, { progress }, { count, rate, left }: { count: number; rate: number; left: string }) => {
        const cells = Math.round(Math.min(1, progress) * BAR_COLUMNS)
        const bar = '█'.repeat(cells) + '░'.repeat(BAR_COLUMNS - cells)
        const share = this.knowsTotal
          ? `${bar} ${String(Math.floor(100 * Math.min(1, progress))).padStart(3)} % | `
          : ''
        return `${label} ${share}${count.toLocaleString('en-US')} ${unit} | ${rate.toLocaleString('en-US')} ${unit}/s${left}`
      },
      hideCursor: true,
      clearOnComplete: false,
    })
    for (const signal of SIGNALS) process.once(signal, this.endWithSignal)
    this.bar.start(1, 0, { count: 0, rate: 0, left: '' })
  }

  update(done: number, total: number | null, count: number): void {
    this.knowsTotal = total !== null
    const left = total === null ? '' : ` | ${this.meter.left(done, total)} left`
    this.bar.setTotal(total ?? Math.max(1, done))
    this.bar.update(done, { count, rate: this.meter.rate(count), left })
  }

  stop(): void {
    if (this.isActive) this.bar.stop()
    this.isActive = false
    for (const signal of SIGNALS) process.off(signal, this.endWithSignal)
  }

  /** Gives the cursor back, then lets the signal end the process as it does without a bar. */
  private readonly endWithSignal = (signal: NodeJS.Signals): void => {
    this.stop()
    process.kill(process.pid, signal)
  }
}

/** Mean rate since the start, and the time left at that pace. */
class Meter {
  private readonly now: () => number
  private readonly startedMs: number

  constructor(now: () => number) {
    this.now = now
    this.startedMs = now()
  }

  rate(count: number): number {
    return Math.round(count / Math.max(0.001, this.seconds()))
  }

  left(done: number, total: number): string {
    if (done <= 0) return 'unknown time'
    const seconds = Math.max(0, Math.round((this.seconds() * (total - done)) / done))
    if (seconds < 120) return `${seconds} s`
    return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
  }

  private seconds(): number {
    return (this.now() - this.startedMs) / 1000
  }
}
