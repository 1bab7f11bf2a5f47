interface Props<Choice extends string> {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly chosen: Choice
  readonly onChoose: (choice: Choice) => void
}

/** Buttons of which one is pressed. */
export function ChoiceGroup<Choice extends string>({ label, choices, chosen, onChoose }: Props<Choice>) {
  return (
    <div class="choice-group" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === chosen} onClick={() => onChoose(choice)}>
          {choice}
        </button>
      ))}
    </div>
  )
}
