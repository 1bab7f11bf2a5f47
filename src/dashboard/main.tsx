import { render } from 'preact'
import { AppShell } from './app-shell.tsx'
import { followAddress } from './routes.ts'
import { followTheme } from './theme/theme.ts'

followTheme()
followAddress()
render(<AppShell />, document.getElementById('app')!)
