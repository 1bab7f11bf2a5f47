import type { SourcePosition } from '../../../core/contracts/ids.ts'
import type { TaskPosteriorRecord } from '../../../core/contracts/user-state-record.ts'

/** Plain objects in place of instances of the classes that avsc makes for nested records. */
export function plainPosition(source: SourcePosition): SourcePosition {
  return { topic: source.topic, partition: source.partition, offset: source.offset }
}

export function plainPosteriors(tasks: readonly TaskPosteriorRecord[]): TaskPosteriorRecord[] {
  return tasks.map((task) => ({ ...task }))
}
