import * as http from 'node:http'
import * as https from 'node:https'

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** For the whole exchange, from the connection to the last byte. */
  readonly timeoutMs: number
  readonly agent: http.Agent
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** More than any schema; what is longer comes from something else. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** One exchange. Node's own client and not fetch, which takes no certificate authority without another package. */
export async function httpRequest(call: HttpCall): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(call.timeoutMs)
  try {
    const response = await send(call, signal)
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_ANSWER_BYTES) throw new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
  } catch (error) {
    if (signal.aborted) throw new Error(`it did not answer within ${call.timeoutMs} ms`, { cause: error })
    throw error
  }
}

function send(call: HttpCall, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { method, url, agent } = call
  const body = call.body === null ? null : Buffer.from(call.body)
  const headers = { ...call.headers, ...(body && { 'content-length': body.length }) }
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    request(url, { method, headers, agent, signal }, resolve)
      .on('error', reject)
      .end(body ?? undefined)
  })
}

/** Keeps connections open between requests; an idle one does not keep the process alive. */
export function httpAgent(protocol: string, certificateAuthority: Buffer | null): http.Agent {
  const options = { keepAlive: true }
  if (protocol !== 'https:') return new http.Agent(options)
  return new https.Agent({ ...options, ...(certificateAuthority && { ca: certificateAuthority }) })
}
