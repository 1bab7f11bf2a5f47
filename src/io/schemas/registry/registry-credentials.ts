import { readFile } from 'node:fs/promises'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { RegistrySettings } from './registry-settings.ts'

type CredentialSettings = Pick<RegistrySettings, 'username' | 'passwordFile' | 'tokenFile'>

/**
 * Value of the Authorization header; null without credentials. The file is read at every request, of which there are
 * few: tokens are replaced while the program runs. Throws LifecycleError `unreadable-file`.
 */
export async function authorizationOf(settings: CredentialSettings): Promise<string | null> {
  const { username, passwordFile, tokenFile } = settings
  if (tokenFile !== '') return `Bearer ${await readSecret(tokenFile)}`
  if (username === '') return null
  const password = passwordFile === '' ? '' : await readSecret(passwordFile)
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** The certificate authority to trust instead of the usual ones; null for these. */
export async function readCertificateAuthority(caFile: string): Promise<Buffer | null> {
  return caFile === '' ? null : read(caFile)
}

/** Editors and `echo` end a file with a newline, which is no part of the secret. */
async function readSecret(file: string): Promise<string> {
  return (await read(file)).toString().trim()
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LifecycleError('unreadable-file', `Cannot read ${file} for the schema registry: ${reason}`, { cause })
  }
}
