import { execFile } from 'node:child_process'
import { cp, mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSeededRandom, type SeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { inCell } from './crash-cell.ts'
import { CRASH_INPUT } from './crash-reference.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

const run = promisify(execFile)
const ENDS_WITHIN_MS = 60_000
/** Room for the first slices: of the whole disk, or of a file in blocks of 512 bytes. */
const SMALL_DISK = '400k'
const SMALL_FILE_BLOCKS = 120
const FULL = /^stan-lifecycle: Cannot .*: (No space left on device|File too large)$/

/** The disk of the stores is full: the process ends with one sentence, and one with room goes on from its folder. */
export function fullDiskCell(cluster: KafkaCluster): Promise<string> {
  return inCell(cluster, async (cell) => {
    await cell.append(0, CRASH_INPUT.length)
    const dataDir = cell.freshDataDir()
    const roomy = cell.freshDataDir()
    await mkdir(dataDir)
    const isMounted = await mountSmallDisk(dataDir)
    let sentence: string
    try {
      const first = cell.start(dataDir, undefined, isMounted ? undefined : SMALL_FILE_BLOCKS)
      await first.untilEnded(ENDS_WITHIN_MS)
      sentence = first.said().trimEnd().split('\n').at(-1)!
      if (!first.exitCode || !FULL.test(sentence)) {
        throw new Error(`a full disk ended the process with code ${first.exitCode}: ${sentence}`)
      }
      await cp(dataDir, roomy, { recursive: true })
    } finally {
      if (isMounted) await run('umount', [dataDir])
    }
    await cell.untilTracked(cell.start(roomy))
    return `${isMounted ? 'disk' : 'file'} full: ${sentence.replace(/\S*\/store/, 'store')}`
  })
}

/** False where only the administrator may mount; then the size of files is limited instead. */
async function mountSmallDisk(folder: string): Promise<boolean> {
  return run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
}

/** Any file of a store may lose its end or have wrong bytes. */
const ANY_DAMAGE: DamageKinds = { files: [/\.log$/, /\.ldb$/, /\.(log|ldb)$/, /^(MANIFEST|CURRENT)/], mayCut: true }
/** Wrong bytes in LevelDB's journal, which says nothing and leaves out the batches around them. */
const JOURNAL_DAMAGE: DamageKinds = { files: [/\.log$/], mayCut: false }

interface DamageKinds {
  readonly files: readonly RegExp[]
  readonly mayCut: boolean
}

export function cutStoreCell(cluster: KafkaCluster, seed: number): Promise<string> {
  return damagedStoreCell(cluster, seed, ANY_DAMAGE)
}

export function journalCell(cluster: KafkaCluster, seed: number): Promise<string> {
  return damagedStoreCell(cluster, seed, JOURNAL_DAMAGE)
}

/** Bytes of the local stores are lost or wrong when the next process starts on them: it must see it, and rebuild them. */
function damagedStoreCell(cluster: KafkaCluster, seed: number, kinds: DamageKinds): Promise<string> {
  const random = createSeededRandom(seed)
  return inCell(cluster, async (cell) => {
    await cell.append(0, CRASH_INPUT.length)
    const dataDir = cell.freshDataDir()
    cell.mayBeDamaged = true
    // The second life turns the journals of the first into tables, so that there are files of every kind.
    for (let life = 0; life < 2; life++) {
      const occurrence = 6 + random.nextInt(4)
      await cell.start(dataDir, { step: 'store', occurrence, delayMs: 2, signal: 'SIGKILL' }).untilKilled()
    }
    const damages: string[] = []
    for (const partition of await readdir(join(dataDir, 'store'))) {
      damages.push(await damage(join(dataDir, 'store', partition), kinds, random))
    }
    const second = cell.start(dataDir)
    await cell.untilTracked(second)
    const aside = second.said().split('state store put aside').length - 1
    return `${damages.join(', ')}; ${aside} put aside`
  })
}

/** Cuts or overwrites a random file of a store. */
async function damage(folder: string, { files, mayCut }: DamageKinds, random: SeededRandom): Promise<string> {
  const kind = files[random.nextInt(files.length)]
  const names = (await readdir(folder)).filter((name) => kind.test(name)).sort()
  if (names.length === 0) return 'nothing of that kind'
  const name = names[random.nextInt(names.length)]
  const { size } = await stat(join(folder, name))
  if (size === 0) return `${name} empty`
  const at = random.nextInt(size)
  const file = await open(join(folder, name), 'r+')
  try {
    if (mayCut && random.nextInt(2) === 0) {
      await file.truncate(at)
      return `${name} cut at ${at} of ${size}`
    }
    await file.write(Buffer.from(Array.from({ length: 16 }, () => random.nextInt(256))), 0, 16, at)
    return `${name} overwritten at ${at} of ${size}`
  } finally {
    await file.close()
  }
}
