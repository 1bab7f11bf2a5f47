import { existsSync, readFileSync, writeFileSync } from 'node:fs'

interface Golden {
  /** What made the bytes. */
  readonly madeBy: string
  readonly hex: string
}

/**
 * Golden bytes of one sample record. When a test with them fails, fix the codec or add a schema version; the files are
 * never made anew.
 */
export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(goldenFile(name), 'utf8'))
}

/** For the first version of a new record type only. */
export function writeGolden(name: string, bytes: Uint8Array, madeBy: string): void {
  const file = goldenFile(name)
  if (existsSync(file)) throw new Error(`Cannot write golden bytes of ${name}: they exist`)
  writeFileSync(file, `${JSON.stringify({ madeBy, hex: Buffer.from(bytes).toString('hex') }, null, 2)}\n`)
}

function goldenFile(name: string): URL {
  return new URL(`../fixtures/io/golden-${name}.json`, import.meta.url)
}
