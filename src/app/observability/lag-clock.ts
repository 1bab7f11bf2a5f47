/** Ends that are remembered for a partition; of more every second one goes. */
const MAX_SAMPLES = 2048

interface Sample {
  readonly atMs: number
  readonly end: number
}

/**
 * How long ago it is that a partition ended where its reader stands: what the reader has not read is at most so old, as
 * exactly as often as it is asked.
 */
export class LagClock {
  private readonly samples = new Map<number, Sample[]>()

  /** Seconds; 0 for a reader at the end. */
  lagSeconds(partition: number, nextOffset: number, end: number, nowMs: number): number {
    let held = this.samples.get(partition) ?? []
    // From the last end that the reader has reached on, everything is still to be waited for.
    const reached = held.findLastIndex((sample) => sample.end <= nextOffset)
    if (reached > 0) held = held.slice(reached)
    if (held.at(-1)?.end !== end) held.push({ atMs: nowMs, end })
    else if (nextOffset >= end) held = [{ atMs: nowMs, end }]
    if (held.length > MAX_SAMPLES) held = held.filter((_, i) => i % 2 === 0)
    this.samples.set(partition, held)
    return nextOffset >= end ? 0 : Math.max(0, nowMs - held[0].atMs) / 1000
  }
}
