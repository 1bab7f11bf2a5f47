import { execFileSync } from 'node:child_process'

/**
 * Lets the process, with all its threads, have a core only while nothing else wants it (SCHED_IDLE): what would run on a
 * machine of its own must not hold up what is measured. Niceness does not do: it shares a core out over time, and who
 * wakes up waits for the one that runs.
 */
export function yieldCores(pid: number): void {
  execFileSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)])
}
