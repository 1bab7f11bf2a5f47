import { type RetentionConfig, retentionByTopic } from '../config/retention-config.ts'
import type { Log } from '../../io/log/log.ts'

/** Where a reader that no group of the log stands for will go on, by `topic/partition`: from there on records stay. */
export type ReadingPositions = ReadonlyMap<string, number>

/**
 * Retention by age and by size of a log that lies on this machine. A record stays, however old, until every reader that
 * is known has read it: the groups with a position in its partition, and those in `readers`. Returns how many partitions
 * begin later than before.
 */
export async function retain(
  log: Log,
  retention: RetentionConfig,
  readers: ReadingPositions,
  nowMs: number,
): Promise<number> {
  const { upkeep } = log
  const rules = [...retentionByTopic(retention)].filter(([, rule]) => rule.ageMs !== null || rule.maxBytes !== null)
  if (!upkeep || rules.length === 0) return 0
  await upkeep.mark(nowMs)
  let moved = 0
  for (const [topic, { ageMs, maxBytes }] of rules) {
    const partitions = log.topics().find(({ name }) => name === topic)?.partitions ?? 0
    for (let partition = 0; partition < partitions; partition++) {
      const groups = await upkeep.positions(topic, partition)
      const keepFrom = Math.min(readers.get(`${topic}/${partition}`) ?? Infinity, ...groups.values())
      const appendedBefore = ageMs === null ? null : nowMs - ageMs
      const before = await log.startOffset(topic, partition)
      if ((await upkeep.expire(topic, partition, { appendedBefore, maxBytes, keepFrom })) > before) moved++
    }
  }
  return moved
}
