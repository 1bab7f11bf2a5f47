import { useState } from 'preact/hooks'
import type { ListedUser, UsersAnswer } from '../../api/answers.ts'
import { askApi, pathWith } from '../../api/api-client.ts'
import { Icon } from '../../elements/icon.tsx'
import { saveFile } from '../../elements/save-file.ts'

const CHUNK = 500

interface Props {
  /** Of the file, without its ending. */
  readonly name: string
  /** Which users. */
  readonly parameters: Readonly<Record<string, string>>
  readonly csvOf: (users: readonly ListedUser[]) => string
}

/** Saves all users of a list, also those on pages that are not shown. */
export function AllUsersButton({ name, parameters, csvOf }: Props) {
  const [progress, setProgress] = useState<string | null>(null)
  const save = async (): Promise<void> => {
    const users: ListedUser[] = []
    try {
      let cursor: string | null = null
      do {
        setProgress(`${users.length} users…`)
        const path = pathWith('/v1/users', { ...parameters, limit: CHUNK, cursor })
        const answer: UsersAnswer = await askApi<UsersAnswer>(path, new AbortController().signal)
        users.push(...answer.users)
        cursor = answer.next
      } while (cursor !== null)
      saveFile(`${name}.csv`, csvOf(users))
      setProgress(null)
    } catch {
      setProgress('Cannot save the list')
    }
  }
  return (
    <button type="button" class="quiet-button" onClick={() => void save()}>
      <Icon name="download" />
      <span aria-live="polite">{progress ?? 'CSV of all'}</span>
    </button>
  )
}
