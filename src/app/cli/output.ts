/** The reader of standard output has gone, as in `cat | head -1`. The command ends, and that is no failure. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

/** Writes to standard output and waits until it is taken. Throws OutputClosed when nobody reads any more. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve()
      else if (isClosed(error)) reject(new OutputClosed())
      else reject(new Error(`Cannot write to standard output: ${error.message}`, { cause: error }))
    })
  })
}

/** Without a listener a broken pipe ends the process with a stack; print tells of it instead. */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listenerCount('error', ignore) === 0) stream.on('error', ignore)
  }
}

function ignore(): void {}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
}
