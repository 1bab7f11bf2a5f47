import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SelfSigned {
  readonly certFile: string
  readonly keyFile: string
  /** Key and certificate in one file, which is what a broker takes as a key store of type PEM. */
  readonly storeFile: string
}

/** A fresh key and a certificate for 127.0.0.1 that it signed itself, valid for a day. */
export async function selfSigned(folder: string, name: string): Promise<SelfSigned> {
  const [certFile, keyFile, storeFile] = ['cert', 'key', 'store'].map((kind) => join(folder, `${name}-${kind}.pem`))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile]
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  await run('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '1', ...names])
  await writeFile(storeFile, (await readFile(keyFile, 'utf8')) + (await readFile(certFile, 'utf8')))
  return { certFile, keyFile, storeFile }
}
