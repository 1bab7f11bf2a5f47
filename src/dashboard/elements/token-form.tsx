import { useEffect, useRef, useState } from 'preact/hooks'
import { keepToken } from '../api/access-token.ts'

/** Shown in place of a page while the server does not know who asks. */
export function TokenForm({ reason }: { readonly reason: string }) {
  const [token, setToken] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      class="card token-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim() !== '') keepToken(token.trim())
      }}
    >
      <h1>Sign in with a token</h1>
      <p role="alert">{reason}</p>
      <label for="token">Read token</label>
      <input
        id="token"
        ref={field}
        type="password"
        autocomplete="off"
        spellcheck={false}
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <p class="card-note">It stays in this tab and is forgotten when the tab is closed.</p>
      <button type="submit" class="button button-main" disabled={token.trim() === ''}>
        Continue
      </button>
    </form>
  )
}
