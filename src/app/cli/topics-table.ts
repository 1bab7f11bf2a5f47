import type { TopicDifference } from '../../io/log/kafka/kafka-topics.ts'

const HEADER = ['topic', 'setting', 'is', 'should be'] as const

/** A line for each difference, under a header, in columns. */
export function renderTopics(differences: readonly TopicDifference[]): string {
  const rows: (readonly string[])[] = [HEADER, ...differences.map(rowOf)]
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function rowOf(difference: TopicDifference): string[] {
  const { topic } = difference
  switch (difference.kind) {
    case 'missing': {
      const { partitions, replicationFactor, settings } = difference.wanted
      const own = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
      const wanted = [`partitions=${partitions}`, `replication.factor=${replicationFactor}`, ...own]
      return [topic, 'all', 'missing', wanted.join(' ')]
    }
    case 'partitions':
      return [topic, 'partitions', String(difference.present), String(difference.wanted)]
    case 'replication':
      return [topic, 'replication.factor', String(difference.present), String(difference.wanted)]
    case 'setting':
      return [topic, difference.setting, difference.present, difference.wanted]
  }
}
