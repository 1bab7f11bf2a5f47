import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Config } from '../config/config-schema.ts'
import { ProblemError } from './problem.ts'

/** Each may do what those before it may. */
export const RIGHTS = ['read', 'write', 'admin'] as const
export type Right = (typeof RIGHTS)[number]

/** Who may do what: bearer tokens from files, or everybody where there are none. */
export class Access {
  /** By the hash of a token: comparing hashes gives nothing away about a token. */
  private readonly rights: ReadonlyMap<string, Right>

  private constructor(rights: ReadonlyMap<string, Right>) {
    this.rights = rights
  }

  /** Throws LifecycleError `invalid-config` for files that cannot be used, and for a public address without tokens. */
  static async open(api: Config['api']): Promise<Access> {
    const rights = new Map<string, Right>()
    for (const right of RIGHTS) {
      const key = `${right}TokensFile` as const
      for (const token of await readTokens(key, api[key])) rights.set(hashOf(token), right)
    }
    if (rights.size === 0 && !isLoopback(api.host)) {
      throw new LifecycleError(
        'invalid-config',
        `Cannot serve the API on ${api.host} without tokens: anybody could read and erase users; ` +
          'set api.readTokensFile, api.writeTokensFile or api.adminTokensFile, or api.host to 127.0.0.1',
      )
    }
    return new Access(rights)
  }

  /** Whether everybody may do everything: there are no tokens. */
  get isOpen(): boolean {
    return this.rights.size === 0
  }

  /** Throws a problem when the Authorization header does not give the right. */
  require(right: Right, authorization: string | undefined): void {
    if (this.isOpen) return
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    const held = token === undefined ? undefined : this.rights.get(hashOf(token))
    if (held === undefined) {
      const challenge = { 'www-authenticate': 'Bearer' }
      throw new ProblemError(401, 'This needs a bearer token that the server knows', {}, challenge)
    }
    if (RIGHTS.indexOf(held) < RIGHTS.indexOf(right)) {
      throw new ProblemError(403, `This needs a token of the right ${right}; the one sent has ${held}`)
    }
  }
}

async function readTokens(key: string, file: string): Promise<string[]> {
  if (file === '') return []
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('invalid-config', `Cannot read api.${key}: ${reason}`, { cause: error })
  }
  const tokens = text.split(/\s+/).filter((token) => token !== '')
  if (tokens.length === 0) throw new LifecycleError('invalid-config', `Cannot use api.${key}: ${file} has no token`)
  return tokens
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
