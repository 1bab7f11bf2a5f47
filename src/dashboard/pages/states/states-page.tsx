import { useEffect, useMemo, useRef } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import type { EmbeddingsAnswer, MapPoint } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { useEvents } from '../../api/use-events.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { StageBadge } from '../../elements/stage-badge.tsx'
import { TableCard } from '../../elements/table-card.tsx'
import { UserLink } from '../../elements/user-link.tsx'
import { UserSearch } from '../../elements/user-search.tsx'
import { formatCount, formatDecimal } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import { addressOf } from '../../routes.ts'
import { palette } from '../../theme/theme.ts'
import { stateMap } from './state-map.ts'

const EVERY_MS = 15_000
const SAMPLE = 600
/** The trail is asked for again at most so often while its user is active. */
const GROW_MS = 1500

/** The map of states, and one user's way over it. */
export function StatesPage({ userId }: { readonly userId: string | null }) {
  const asked = useAnswer<EmbeddingsAnswer>(pathWith('/v1/embeddings', { limit: SAMPLE, userId }), EVERY_MS)
  const growing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const path = userId === null ? null : pathWith('/v1/events', { topics: 'states', userId })
  const isLive = useEvents(path, () => {
    growing.current ??= setTimeout(() => {
      growing.current = undefined
      asked.reload()
    }, GROW_MS)
  })
  useEffect(() => () => clearTimeout(growing.current), [])

  return (
    <>
      <PageHead title="States" note="The state embeddings of a sample of users: the closer, the more alike.">
        <UserSearch
          label="Watch a user"
          onChoose={(chosen) => {
            location.hash = addressOf('states', chosen)
          }}
        />
      </PageHead>
      <AnswerView asked={asked} what="the map" heights={[620]}>
        {(answer) =>
          answer.points.length === 0 ? (
            <div class="card">
              <EmptyNote title="No states with an embedding yet">
                They come with the first model bundle, after some thousand examples.
              </EmptyNote>
            </div>
          ) : (
            <>
              {userId !== null && <Watched userId={userId} answer={answer} isLive={isLive} />}
              <MapCard answer={answer} />
              {answer.user && <TrailTable user={answer.user} />}
            </>
          )
        }
      </AnswerView>
    </>
  )
}

interface WatchedProps {
  readonly userId: string
  readonly answer: EmbeddingsAnswer
  readonly isLive: boolean
}

function Watched({ userId, answer: { user }, isLive }: WatchedProps) {
  return (
    <div class="watched" role="status">
      {user ? (
        <>
          <span>
            Watching <UserLink userId={userId} />
          </span>
          <StageBadge stage={user.stage} />
          <span class="faint">
            {formatCount(user.trail.length)} states{isLive && ', grows as events come'}
          </span>
        </>
      ) : (
        <span>
          Nothing is known of <strong>{userId}</strong>, or there is no embedding of this version yet.
        </span>
      )}
      <a class="button" href={addressOf('states')}>
        Stop watching
      </a>
    </div>
  )
}

function MapCard({ answer }: { readonly answer: EmbeddingsAnswer }) {
  const colours = palette.value
  const option = useMemo(() => stateMap(answer, colours), [answer, colours])
  const { points, embeddingVersion } = answer
  const counts = STAGES.map((stage) => `${points.filter((point) => point.stage === stage).length} ${stage}`)
  return (
    <ChartCard
      title="Map of states"
      note={`${formatCount(points.length)} users, extractor version ${embeddingVersion}; choose a point to watch its user`}
      option={option}
      height={560}
      file="state-map"
      summary={`Scatter of ${points.length} users by two principal components: ${counts.join(', ')}.`}
      onChoose={({ seriesName, dataIndex }) => {
        const chosen = points.filter(({ stage }) => stage === seriesName)[dataIndex]
        if (chosen) location.hash = addressOf('states', chosen.userId)
      }}
      table={{
        caption: 'Users on the map',
        rows: points,
        keyOf: ({ userId }: MapPoint) => userId,
        columns: [
          {
            label: 'user',
            value: ({ userId }) => userId,
            cell: ({ userId }) => <a href={addressOf('states', userId)}>{userId}</a>,
          },
          { label: 'stage', value: ({ stage }) => stage, cell: ({ stage }) => <StageBadge stage={stage} /> },
          { label: 'component 1', isNumber: true, value: ({ x }) => x, cell: ({ x }) => formatDecimal(x, 3) },
          { label: 'component 2', isNumber: true, value: ({ y }) => y, cell: ({ y }) => formatDecimal(y, 3) },
        ],
      }}
    />
  )
}

function TrailTable({ user: { userId, trail } }: { readonly user: NonNullable<EmbeddingsAnswer['user']> }) {
  return (
    <TableCard
      title={`Way of ${userId}`}
      note="Newest first"
      file={`way-of-${userId}`}
      maxHeight={300}
      empty="No states yet"
      table={{
        caption: `States of ${userId} on the map`,
        rows: [...trail].reverse(),
        columns: [
          { label: 'time', value: ({ time }) => time, cell: ({ time }) => formatMoment(time) },
          { label: 'component 1', isNumber: true, value: ({ x }) => x, cell: ({ x }) => formatDecimal(x, 3) },
          { label: 'component 2', isNumber: true, value: ({ y }) => y, cell: ({ y }) => formatDecimal(y, 3) },
        ],
      }}
    />
  )
}
