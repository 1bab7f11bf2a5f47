import type { StateAnswer, UsersAnswer } from '../../api/answers.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { StageBadge } from '../../elements/stage-badge.tsx'
import { TableCard } from '../../elements/table-card.tsx'
import { UserLink } from '../../elements/user-link.tsx'
import { UserSearch } from '../../elements/user-search.tsx'
import { formatMoment } from '../../figures/format-times.ts'
import { addressOf } from '../../routes.ts'
import { UserDetails } from './user-details.tsx'

/** One user: found by the start of the id, then watched live. */
export function UserPage({ userId }: { readonly userId: string | null }) {
  return (
    <>
      <PageHead
        title={userId ?? 'User'}
        note={
          userId === null
            ? 'Stage, rates and history of one user.'
            : 'Where this user is, what is known of their rates, and how they came here.'
        }
      >
        <UserSearch
          label="Find a user"
          onChoose={(chosen) => {
            location.hash = addressOf('user', chosen)
          }}
        />
      </PageHead>
      {userId === null ? <SomeUsers /> : <OneUser key={userId} userId={userId} />}
    </>
  )
}

function OneUser({ userId }: { readonly userId: string }) {
  const asked = useAnswer<StateAnswer>(`/v1/users/${encodeURIComponent(userId)}/state`, null)
  if (asked.error?.status === 404) {
    return (
      <div class="card">
        <EmptyNote title={`Nothing is known of ${userId}`}>
          Look for another user by the start of the id. An erased user is not found either.
        </EmptyNote>
      </div>
    )
  }
  return (
    <AnswerView asked={asked} what="the user" heights={[220, 300, 300]}>
      {({ state }) => <UserDetails first={state} />}
    </AnswerView>
  )
}

/** Some to start with. */
function SomeUsers() {
  const asked = useAnswer<UsersAnswer>('/v1/users?limit=20', null)
  return (
    <AnswerView asked={asked} what="users" heights={[400]}>
      {({ users }) => (
        <TableCard
          title="Users"
          note="The first by id; search for others"
          file="users"
          empty="No users yet"
          table={{
            caption: 'Users',
            rows: users,
            keyOf: ({ userId }) => userId,
            columns: [
              { label: 'user', value: ({ userId }) => userId, cell: ({ userId }) => <UserLink userId={userId} /> },
              { label: 'stage', value: ({ stage }) => stage, cell: (user) => <StageBadge {...user} /> },
              { label: 'since', value: ({ since }) => since, cell: ({ since }) => formatMoment(since) },
              {
                label: 'last event',
                value: ({ eventTime }) => eventTime,
                cell: ({ eventTime }) => formatMoment(eventTime),
              },
            ],
          }}
        />
      )}
    </AnswerView>
  )
}
