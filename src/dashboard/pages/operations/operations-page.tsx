import { useEffect, useMemo, useState } from 'preact/hooks'
import type { OperationsAnswer } from '../../api/answers.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { FigureTile } from '../../elements/figure-tile.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { TableCard } from '../../elements/table-card.tsx'
import { formatBytes, formatCount, formatDuration } from '../../figures/format-figures.ts'
import { formatClock, formatMoment } from '../../figures/format-times.ts'
import { palette } from '../../theme/theme.ts'
import { type Reading, withReading } from './live-series.ts'
import { MEMORY_PARTS, memoryLines } from './memory-lines.ts'

const EVERY_MS = 2000

/** Whether the program keeps up, and what it could not read. */
export function OperationsPage() {
  const asked = useAnswer<OperationsAnswer>('/v1/operations', EVERY_MS)
  const [readings, setReadings] = useState<readonly Reading[]>([])
  useEffect(() => {
    if (asked.answer) setReadings((held) => withReading(held, asked.answer!, Date.now()))
  }, [asked.answer])
  return (
    <>
      <PageHead title="Operations" note="Whether the program keeps up with its input, and what it could not read." />
      <AnswerView asked={asked} what="the operations" heights={[110, 320, 320]}>
        {(answer) => (
          <>
            <Figures answer={answer} />
            <div class="span-6">
              <MemoryCard readings={readings} />
            </div>
            <div class="span-6">
              <Topics topics={answer.topics} />
            </div>
            <DeadLetters deadLetters={answer.deadLetters} />
          </>
        )}
      </AnswerView>
    </>
  )
}

function Figures({ answer }: { readonly answer: OperationsAnswer }) {
  const { freshness, view, tracker, deadLetters, memory, uptimeSeconds, version, log } = answer
  return (
    <dl class="tiles" aria-label="Operations now">
      <FigureTile
        label="freshness"
        value={formatDuration(freshness.lagSeconds)}
        note={freshness.stale ? 'stale' : 'view behind the log'}
        tone={freshness.stale ? 'warning' : 'good'}
      />
      <FigureTile label="lag of the view" value={formatCount(view.lagRecords)} note="records" />
      <FigureTile
        label="lag of the tracker"
        value={formatCount(tracker.lagRecords)}
        note={tracker.lagRecords === null ? 'no tracker here' : 'records'}
      />
      <FigureTile
        label="dead letters"
        value={formatCount(deadLetters.count)}
        note="could not be read"
        tone={deadLetters.count > 0 ? 'danger' : undefined}
      />
      <FigureTile label="memory" value={formatBytes(memory.rssBytes)} note="resident" />
      <FigureTile label="up for" value={formatDuration(uptimeSeconds)} note={`version ${version}, ${log} log`} />
    </dl>
  )
}

function MemoryCard({ readings }: { readonly readings: readonly Reading[] }) {
  const colours = palette.value
  const option = useMemo(() => memoryLines(readings, colours), [readings, colours])
  const last = readings.at(-1)
  return (
    <ChartCard
      title="Memory"
      note="Of the process that serves this page, since it was opened"
      option={option}
      height={300}
      file="memory"
      summary={`Memory over time.${last ? ` Now ${MEMORY_PARTS.map(({ name, field }) => `${name} ${formatBytes(last[field])}`).join(', ')}.` : ''}`}
      table={{
        caption: 'Memory and lag, newest first',
        rows: [...readings].reverse(),
        columns: [
          { label: 'time', value: ({ atMs }) => new Date(atMs).toISOString(), cell: ({ atMs }) => formatClock(atMs) },
          ...MEMORY_PARTS.map(({ name, field }) => ({
            label: name,
            isNumber: true,
            value: (reading: Reading) => reading[field],
            cell: (reading: Reading) => formatBytes(reading[field]),
          })),
          { label: 'lag of the view', isNumber: true, value: ({ lagRecords }) => lagRecords },
        ],
      }}
    />
  )
}

function Topics({ topics }: { readonly topics: OperationsAnswer['topics'] }) {
  return (
    <TableCard
      title="Topics"
      note="Records in the log"
      file="topics"
      maxHeight={316}
      empty="No topics"
      table={{
        caption: 'Topics',
        rows: topics,
        keyOf: ({ topic }) => topic,
        columns: [
          { label: 'topic', value: ({ topic }) => topic },
          { label: 'partitions', isNumber: true, value: ({ partitions }) => partitions },
          {
            label: 'records',
            isNumber: true,
            value: ({ records }) => records,
            cell: ({ records }) => formatCount(records),
          },
        ],
      }}
    />
  )
}

function DeadLetters({ deadLetters: { count, latest } }: { readonly deadLetters: OperationsAnswer['deadLetters'] }) {
  return (
    <TableCard
      title="Dead letters"
      note={count === 0 ? 'Records that could not be used' : `${formatCount(count)} in all; the latest`}
      file="dead-letters"
      maxHeight={360}
      empty="Every record could be read"
      table={{
        caption: 'Latest dead letters',
        rows: latest,
        keyOf: ({ partition, offset }) => `${partition}@${offset}`,
        columns: [
          {
            label: 'position',
            value: ({ partition, offset }) => `${partition}@${offset}`,
          },
          { label: 'cause', value: ({ cause }) => cause },
          { label: 'reason', isProse: true, value: ({ reason }) => reason },
          { label: 'time', isNumber: true, value: ({ time }) => time, cell: ({ time }) => formatMoment(time) },
        ],
      }}
    />
  )
}
