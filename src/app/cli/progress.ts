import cliProgress from 'cli-progress'

/** Progress of a long job: a bar with rate and time left on a terminal, a plain line every few seconds otherwise. */
export interface Progress {
  /** `done` of `total` in any unit that grows evenly, null when it is not known; `count` in what the rate is told in. */
  update(done: number, total: number | null, count: number): void
  stop(): void
}

const PLAIN_EVERY_MS = 5000

export function createProgress(label: string, unit: string, stream: NodeJS.WriteStream, now: () => number): Progress {
  const startedMs = now()
  const rateOf = (count: number) => Math.round(count / Math.max(0.001, (now() - startedMs) / 1000))
  const leftOf = (done: number, total: number | null) => {
    if (done <= 0 || total === null) return 'unknown time'
    return `${Math.max(0, Math.round((((now() - startedMs) / 1000) * (total - done)) / done))} s`
  }
  if (!stream.isTTY) {
    let nextMs = startedMs + PLAIN_EVERY_MS
    return {
      update(done, total, count) {
        if (now() < nextMs) return
        nextMs = now() + PLAIN_EVERY_MS
        const percent = total === null ? '' : ` ${((100 * done) / Math.max(1, total)).toFixed(0)} %,`
        stream.write(`${label}${percent} ${count} ${unit}, ${rateOf(count)} ${unit}/s, ${leftOf(done, total)} left\n`)
      },
      stop() {},
    }
  }
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${label} {bar} {percentage} % | {count} ${unit} | {rate} ${unit}/s | {left} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
  })
  bar.start(1, 0, { count: 0, rate: 0, left: '?' })
  return {
    update(done, total, count) {
      bar.setTotal(total ?? Math.max(1, done))
      bar.update(done, { count, rate: rateOf(count), left: leftOf(done, total) })
    },
    stop() {
      bar.stop()
    },
  }
}
