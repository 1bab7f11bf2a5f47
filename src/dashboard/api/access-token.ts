import { signal } from '@preact/signals'

const KEY = 'stan-token'

/** Why the token form is shown; null while requests are answered. */
export const tokenDemand = signal<string | null>(null)

/** Sent with every request; lives as long as the browser's tab. */
export function accessToken(): string | null {
  return sessionStorage.getItem(KEY)
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token)
  tokenDemand.value = null
}

/** A request with this token, or without one, was refused. Answers to requests with an earlier token change nothing. */
export function demandToken(sent: string | null): void {
  if (sent !== accessToken()) return
  sessionStorage.removeItem(KEY)
  tokenDemand.value = sent === null ? 'The server asks for a token.' : 'The server does not know this token.'
}
