import { signal } from '@preact/signals'

export const PAGES = ['overview', 'transitions', 'retention', 'states', 'user', 'model', 'operations'] as const
export type PageName = (typeof PAGES)[number]

export interface Route {
  readonly page: PageName
  /** The user in question, on the pages that have one. */
  readonly userId: string | null
}

/** `#/user/ann` */
export function addressOf(page: PageName, userId: string | null = null): string {
  return userId === null ? `#/${page}` : `#/${page}/${encodeURIComponent(userId)}`
}

/** The overview for an address that names no page. */
export function routeOf(hash: string): Route {
  const [page, userId] = hash.replace(/^#\/?/, '').split('/')
  return {
    page: PAGES.find((name) => name === page) ?? 'overview',
    userId: userId === undefined || userId === '' ? null : decode(userId),
  }
}

export const route = signal<Route>(routeOf(globalThis.location?.hash ?? ''))

export function followAddress(): void {
  addEventListener('hashchange', () => {
    route.value = routeOf(location.hash)
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
