import type { Command } from 'commander'
import { closest } from 'fastest-levenshtein'

/** Makes a command of commands refuse a call that names none of them. `action` is what the call wanted to do. */
export function requireSubcommand(command: Command, action: string): void {
  command
    .helpCommand(true)
    .allowExcessArguments()
    .action((_options: unknown, called: Command) => {
      const names = called.commands.map((subcommand) => subcommand.name())
      const [given] = called.args
      if (given === undefined && called.parent === null) called.outputHelp({ error: true })
      if (given === undefined) throw new RangeError(`Cannot ${action}: name one of ${names.join(', ')}; see --help`)
      throw new RangeError(
        `Cannot ${action} ${given}: there is no such command; the nearest is ${closest(given, names)}`,
      )
    })
}
