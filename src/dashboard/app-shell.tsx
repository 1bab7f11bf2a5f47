import { useEffect, useRef } from 'preact/hooks'
import { tokenDemand } from './api/access-token.ts'
import { FreshnessNote } from './elements/freshness-note.tsx'
import { Icon } from './elements/icon.tsx'
import { ThemeSwitch } from './elements/theme-switch.tsx'
import { TokenForm } from './elements/token-form.tsx'
import { ModelPage } from './pages/model/model-page.tsx'
import { OperationsPage } from './pages/operations/operations-page.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { RetentionPage } from './pages/retention/retention-page.tsx'
import { StatesPage } from './pages/states/states-page.tsx'
import { TransitionsPage } from './pages/transitions/transitions-page.tsx'
import { UserPage } from './pages/user/user-page.tsx'
import { addressOf, PAGES, type PageName, route } from './routes.ts'

const TITLES: Readonly<Record<PageName, string>> = {
  overview: 'Overview',
  transitions: 'Transitions',
  retention: 'Retention',
  states: 'States',
  user: 'User',
  model: 'Model',
  operations: 'Operations',
}

/** Navigation around the page that the address names. */
export function AppShell() {
  const { page } = route.value
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    document.title = `${TITLES[page]} · stan-lifecycle`
    if (!isFirst.current) {
      scrollTo(0, 0)
      main.current?.querySelector('h1')?.focus({ preventScroll: true })
    }
    isFirst.current = false
    // Where the pages are a row that scrolls.
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [page])

  return (
    <div class="shell">
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        Skip to content
      </a>
      <aside class="side">
        <div class="side-inner">
          <a class="brand" href={addressOf('overview')}>
            <BrandMark />
            <span class="brand-name">stan-lifecycle</span>
          </a>
          <nav aria-label="Pages">
            <ul>
              {PAGES.map((name) => (
                <li key={name}>
                  <a href={addressOf(name)} aria-current={name === page ? 'page' : undefined}>
                    <Icon name={name} />
                    {TITLES[name]}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div class="side-foot">
            <FreshnessNote />
            <ThemeSwitch />
          </div>
        </div>
      </aside>
      <main id="main" ref={main} tabIndex={-1}>
        {tokenDemand.value === null ? <CurrentPage /> : <TokenForm reason={tokenDemand.value} />}
      </main>
    </div>
  )
}

function CurrentPage() {
  const { page, userId } = route.value
  switch (page) {
    case 'overview':
      return <OverviewPage />
    case 'transitions':
      return <TransitionsPage />
    case 'retention':
      return <RetentionPage />
    case 'states':
      return <StatesPage userId={userId} />
    case 'user':
      return <UserPage userId={userId} />
    case 'model':
      return <ModelPage />
    case 'operations':
      return <OperationsPage />
  }
}

/** Four steps, as there are stages. */
function BrandMark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M6 23h5v-5h5v-5h5V8h5" />
    </svg>
  )
}
