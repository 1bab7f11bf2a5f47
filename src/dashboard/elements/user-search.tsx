import { useEffect, useId, useState } from 'preact/hooks'
import type { UsersAnswer } from '../api/answers.ts'
import { pathWith } from '../api/api-client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Icon } from './icon.tsx'
import { StageBadge } from './stage-badge.tsx'

const SUGGESTIONS = 8
const PAUSE_MS = 180

interface Props {
  readonly label: string
  readonly onChoose: (userId: string) => void
}

/** A field that suggests users by the start of their id (ARIA combobox with a list). */
export function UserSearch({ label, onChoose }: Props) {
  const [text, setText] = useState('')
  const [prefix, setPrefix] = useState<string | null>(null)
  const [isOpen, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const id = useId()
  const path = prefix === null ? null : pathWith('/v1/users', { prefix, limit: SUGGESTIONS })
  const { answer, isOutdated } = useAnswer<UsersAnswer>(path, null)
  const users = answer?.users ?? []
  const isShown = isOpen && answer !== null

  useEffect(() => {
    if (!isOpen) return
    const timer = setTimeout(() => {
      setPrefix(text.trim())
      setActive(-1)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, isOpen])

  const choose = (userId: string): void => {
    setText('')
    setOpen(false)
    setActive(-1)
    onChoose(userId)
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setOpen(true)
      if (users.length > 0)
        setActive((active + (event.key === 'ArrowDown' ? 1 : users.length + (active < 0 ? 0 : -1))) % users.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const userId = active >= 0 ? users[active]?.userId : text.trim()
      if (userId) choose(userId)
    } else if (event.key === 'Escape') setOpen(false)
  }

  return (
    <div class="user-search">
      <Icon name="search" />
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${id}-${active}` : undefined}
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Users" class="suggestions" hidden={!isShown}>
        {isShown &&
          users.map(({ userId, stage, dormant }, i) => (
            <li
              key={userId}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === active}
              onMouseDown={(event) => {
                event.preventDefault()
                choose(userId)
              }}
            >
              <span class="suggestion-name">{userId}</span>
              <StageBadge stage={stage} dormant={dormant} />
            </li>
          ))}
        {isShown && users.length === 0 && !isOutdated && (
          <li role="option" aria-selected={false} aria-disabled class="suggestion-none">
            No user id starts so
          </li>
        )}
      </ul>
    </div>
  )
}
