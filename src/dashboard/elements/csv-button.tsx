import { Icon } from './icon.tsx'
import { saveFile } from './save-file.ts'

interface Props {
  /** What is exported, as the file's name. */
  readonly name: string
  readonly text: () => string
}

export function CsvButton({ name, text }: Props) {
  return (
    <button type="button" class="quiet-button" onClick={() => saveFile(`${name}.csv`, text())}>
      <Icon name="download" />
      CSV<span class="hidden-text"> of {name.replaceAll('-', ' ')}</span>
    </button>
  )
}
