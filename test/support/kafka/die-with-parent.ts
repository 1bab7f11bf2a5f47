import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Waits for the end of its input, which comes when the process that holds the other end is gone, however it went. Then
 * it ends the process and, once that is really gone, deletes the folder that the process wrote to.
 */
const SCRIPT = `
cat >/dev/null
kill -9 "$1" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
rm -rf "$2"
`

/**
 * Ends process `pid` and deletes `folder` when this process dies without having done so, even by SIGKILL. The caller
 * kills what it returns once the process has ended, lest the pid means somebody else by then.
 */
export function dieWithParent(pid: number, folder: string): ChildProcess {
  // In a group of its own: who ends the whole group of the tests must not take the watchdog with it.
  const watchdog = spawn('sh', ['-c', SCRIPT, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watchdog.stdin.on('error', () => {})
  watchdog.unref()
  return watchdog
}
