import os from 'node:os'

/** Prints one figure with what it was measured on. */
export function report(name: string, figure: string): void {
  console.log(`${name.padEnd(58)} ${figure}`)
}

export function perSecond(count: number, ms: number): string {
  return `${Math.round((count * 1000) / ms).toLocaleString('en-US')}/s`
}

/** Fails the benchmark when a result is not what it should be: a wrong program is not timed. */
export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Cannot time this: ${what}`)
}

export function printMachine(): void {
  console.log(
    `Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0].model}), ${os.type()} ${os.release()}`,
  )
}
