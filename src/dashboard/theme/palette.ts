import type { Stage } from '../../core/contracts/stage.ts'
import type { Activity } from '../api/answers.ts'

/**
 * All colours of a theme. Those of stages differ in lightness as well as hue, so that they stay apart for people who
 * see few hues; each has at least 3:1 to the surface, text at least 4.5:1 (test/dashboard/palette.test.ts).
 */
export interface Palette {
  readonly page: string
  readonly surface: string
  readonly raised: string
  readonly border: string
  readonly control: string
  readonly grid: string
  readonly text: string
  readonly soft: string
  readonly faint: string
  readonly accent: string
  readonly accentSoft: string
  readonly onAccent: string
  /** The strongest ground of a heat table; text stays readable on it. */
  readonly heat: string
  readonly good: string
  readonly warning: string
  readonly danger: string
  readonly stages: Readonly<Record<Stage, string>>
  readonly activities: Readonly<Record<Activity, string>>
  /** Lines of tasks and other series without a meaning of their own. */
  readonly series: readonly string[]
}

export const LIGHT: Palette = {
  page: '#f5f6f8',
  surface: '#ffffff',
  raised: '#f0f2f5',
  border: '#dfe3e8',
  control: '#868f9d',
  grid: '#e9ecf0',
  text: '#161d29',
  soft: '#4a5565',
  faint: '#5f6b7c',
  accent: '#2456c9',
  accentSoft: '#e6edfc',
  onAccent: '#ffffff',
  heat: '#5f8ae8',
  good: '#0a7349',
  warning: '#8a5300',
  danger: '#b3261e',
  stages: { new: '#3d9ae0', wander: '#b8740b', stick: '#8e3f9f', loyal: '#0b5f4f' },
  activities: { new: '#3d9ae0', returned: '#0b5f4f', retained: '#7c8798', dormant: '#c4501b' },
  series: ['#2456c9', '#b8590b', '#0b6e5a', '#8e3f9f', '#b0305c', '#5f6b7c'],
}

export const DARK: Palette = {
  page: '#0d1117',
  surface: '#151b24',
  raised: '#1d2530',
  border: '#2a3441',
  control: '#6b7787',
  grid: '#222b37',
  text: '#e7ebf1',
  soft: '#b0b9c6',
  faint: '#909cac',
  accent: '#86a9ff',
  accentSoft: '#1c2b4d',
  onAccent: '#0d1117',
  heat: '#2f5bbf',
  good: '#5fd0a0',
  warning: '#e8b65a',
  danger: '#ff8f80',
  stages: { new: '#4f9bee', wander: '#f0b04a', stick: '#d873b4', loyal: '#86ebcb' },
  activities: { new: '#4f9bee', returned: '#86ebcb', retained: '#7d8a9b', dormant: '#ee7f4a' },
  series: ['#86a9ff', '#f0a04a', '#5fd0a0', '#d08be0', '#ff8fae', '#909cac'],
}
