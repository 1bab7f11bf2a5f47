import { computed, effect, signal } from '@preact/signals'
import { DARK, LIGHT, type Palette } from './palette.ts'

export const THEME_CHOICES = ['system', 'light', 'dark'] as const
export type ThemeChoice = (typeof THEME_CHOICES)[number]

const KEY = 'stan-theme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const isSystemDark = signal(systemDark.matches)

export const themeChoice = signal<ThemeChoice>(storedChoice())
export const isDark = computed(() =>
  themeChoice.value === 'system' ? isSystemDark.value : themeChoice.value === 'dark',
)
/** The colours of now; charts and the style sheet take them from here. */
export const palette = computed<Palette>(() => (isDark.value ? DARK : LIGHT))

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice
  localStorage.setItem(KEY, choice)
}

/** Keeps the style sheet's variables at the palette. */
export function followTheme(): void {
  systemDark.addEventListener('change', ({ matches }) => {
    isSystemDark.value = matches
  })
  effect(() => {
    const { style } = document.documentElement
    style.colorScheme = isDark.value ? 'dark' : 'light'
    for (const [name, colour] of variablesOf(palette.value)) style.setProperty(name, colour)
  })
}

function* variablesOf({ stages, activities, series: _series, ...plain }: Palette): Generator<[string, string]> {
  for (const [name, colour] of Object.entries(plain))
    yield [`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, colour]
  for (const [stage, colour] of Object.entries(stages)) yield [`--stage-${stage}`, colour]
  for (const [activity, colour] of Object.entries(activities)) yield [`--activity-${activity}`, colour]
}

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(KEY)
  return THEME_CHOICES.find((choice) => choice === stored) ?? 'system'
}
