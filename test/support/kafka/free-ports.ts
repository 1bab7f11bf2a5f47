import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range from which systems take the near ends of connections: there a client that keeps knocking on a stopped
 * broker's port can be given that very port, connects to itself, and the broker finds it taken.
 */
const LOWEST = 12_000
const HIGHEST = 30_000
const TRIES = 200

/** Ports of the loopback address that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries++) {
    if (tries > TRIES) throw new Error(`Cannot find ${count} free ports: of ${TRIES} tried ${found.size} were free`)
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
