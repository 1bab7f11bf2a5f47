import { availableParallelism, cpus } from 'node:os'

/** What a result that took time was made on. */
export function machineNote(backend: string) {
  return { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', backend }
}
