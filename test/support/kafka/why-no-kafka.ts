import { execFileSync } from 'node:child_process'

const OLDEST_JAVA = 17

/** Why no broker can be started here, as one sentence, or null. Jars that are there already need no Maven. */
export function whyNoKafka(hasJars: boolean): string | null {
  const java = /version "(\d+)/.exec(outputOf('java', '-version'))?.[1]
  if (java === undefined) return `there is no Java; they need version ${OLDEST_JAVA} or newer`
  if (Number(java) < OLDEST_JAVA) return `Java is of version ${java}; they need ${OLDEST_JAVA} or newer`
  if (!hasJars && outputOf('mvn', '-v') === '') return 'there is no Maven to fetch Kafka with'
  return null
}

/** Both streams: `java -version` answers on standard error. */
function outputOf(program: string, argument: string): string {
  try {
    return execFileSync('sh', ['-c', `${program} ${argument} 2>&1`], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
