const MIB = 1024 * 1024

export interface MemoryBound {
  /** Resident memory above which a process is not ready, MiB; 0 for no bound. */
  readonly maxMiB: number
  /** Share of it below which it is ready again. */
  readonly resumeShare: number
}

/** Takes a process out of service before the system ends it for its memory, and back when enough is free again. */
export class MemoryGuard {
  private readonly bound: MemoryBound
  private readonly residentBytes: () => number
  private isOver = false

  constructor(bound: MemoryBound, residentBytes: () => number = () => process.memoryUsage.rss()) {
    this.bound = bound
    this.residentBytes = residentBytes
  }

  get maxBytes(): number {
    return this.bound.maxMiB * MIB
  }

  /** The reason not to be ready; null when there is none. */
  whyNotReady(): string | null {
    const { maxMiB, resumeShare } = this.bound
    if (maxMiB === 0) return null
    const usedMiB = this.residentBytes() / MIB
    if (usedMiB > maxMiB) this.isOver = true
    else if (usedMiB < maxMiB * resumeShare) this.isOver = false
    if (!this.isOver) return null
    const resumeMiB = Math.round(maxMiB * resumeShare)
    return `Memory is at ${Math.round(usedMiB)} MiB, memory.maxMiB is ${maxMiB}; ready again below ${resumeMiB} MiB`
  }
}
