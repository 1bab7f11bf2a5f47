/**
 * A process that commits to a log and a state store in a loop until it is killed. Commit number n writes n to every
 * partition and moves the position to n + 1; the store follows. Each acknowledged n is printed on a line.
 *
 *     node --import tsx test/support/commit-until-killed.ts <folder>
 */
import { join } from 'node:path'
import { openEmbeddedLog } from '../../src/io/log/embedded-log.ts'
import { openLevelStore } from '../../src/io/store/level-store.ts'

const folder = process.argv[2]
const log = await openEmbeddedLog(join(folder, 'log'), { writeBufferBytes: 256 * 1024, compactAfterBytes: 500 })
const store = await openLevelStore(join(folder, 'store'), { writeBufferBytes: 256 * 1024 })
await log.ensureTopics([
  { name: 'out', partitions: 3, cleanup: 'delete' },
  { name: 'state', partitions: 1, cleanup: 'compact' },
  { name: 'in', partitions: 1, cleanup: 'delete' },
])
process.stdout.write('ready\n')
const writer = await log.openWriter('task')
for (let n = (await log.committed('group', 'in', 0)) ?? 0; ; n++) {
  const value = Buffer.alloc(700, `${n} `)
  const timestamp = 1_650_000_000_000 + n
  const outputs = [0, 1, 2].map((partition) => ({ topic: 'out', partition, key: null, value, timestamp }))
  const states = ['a', 'b'].map((key) => ({ topic: 'state', partition: 0, key: Buffer.from(key), value, timestamp }))
  const positions = [{ topic: 'in', partition: 0, nextOffset: n + 1 }]
  await writer.commit({ group: 'group', outputs: [...outputs, ...states], positions })
  const entries = ['a', 'b', `only-${n}`].map((key) => ({ key: Buffer.from(key), value: Buffer.from(`${n}`) }))
  await store.apply({ entries, position: { nextOffset: n + 1, changelogOffset: 2 * (n + 1) } })
  process.stdout.write(`${n}\n`)
}
