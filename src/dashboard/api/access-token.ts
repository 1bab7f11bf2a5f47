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

export function demandToken(): void {
  const held = accessToken()
  sessionStorage.removeItem(KEY)
  tokenDemand.value = held === null ? 'The server asks for a token.' : 'The server does not know this token.'
}
