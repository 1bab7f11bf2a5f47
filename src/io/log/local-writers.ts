import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

/** Who may write for a task, in a log that one process holds: the latest writer of each. */
export class LocalWriters {
  readonly #epochs = new Map<string, number>()

  /** Fences the earlier writers of the task. Returns what `check` asks for. */
  open(task: string): number {
    const epoch = (this.#epochs.get(task) ?? 0) + 1
    this.#epochs.set(task, epoch)
    return epoch
  }

  /** Throws LifecycleError `fenced` when a later writer has taken the task over. */
  check(task: string, epoch: number): void {
    if (this.#epochs.get(task) !== epoch) throw fencedError(task)
  }
}

export function fencedError(task: string, cause?: unknown): LifecycleError {
  return new LifecycleError('fenced', `Cannot commit for ${task}: another writer has taken it over`, { cause })
}
