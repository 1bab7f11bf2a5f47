import { chooseTheme, THEME_CHOICES, themeChoice } from '../theme/theme.ts'
import { Icon, type IconName } from './icon.tsx'

const ICONS: Readonly<Record<(typeof THEME_CHOICES)[number], IconName>> = {
  system: 'system',
  light: 'sun',
  dark: 'moon',
}

export function ThemeSwitch() {
  return (
    <div class="choice-group theme-switch" role="group" aria-label="Theme">
      {THEME_CHOICES.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === themeChoice.value}
          aria-label={`Theme: ${choice}`}
          title={choice === 'system' ? 'As the system' : choice}
          onClick={() => chooseTheme(choice)}
        >
          <Icon name={ICONS[choice]} />
        </button>
      ))}
    </div>
  )
}
