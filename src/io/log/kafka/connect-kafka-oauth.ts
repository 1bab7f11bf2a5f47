import kafkajs, { type Authenticator, type Mechanism } from 'kafkajs'

/** RFC 7628: the fields of the message end with this. */
const END = '\u0001'
const LENGTH_BYTES = 4

/**
 * Login with a token that `readToken` gives. kafkajs has one of its own, which does not read the answer: a broker tells
 * of a token it does not take in the challenge, and so a refused login passes for one that worked until the next request.
 */
export function oauthMechanism(readToken: () => Promise<string>): Mechanism {
  return {
    mechanism: 'OAUTHBEARER',
    authenticationProvider: ({ saslAuthenticate }): Authenticator => ({
      async authenticate() {
        const token = await readToken()
        const challenge = await saslAuthenticate<string>({
          request: { encode: () => withLength(`n,,${END}auth=Bearer ${token}${END}${END}`) },
          response: { decode: (answer) => answer.subarray(LENGTH_BYTES), parse: (answer) => answer.toString() },
        })
        if (challenge) throw tokenRefused(challenge)
      },
    }),
  }
}

/** With the error code of the other mechanisms, whose answers carry one. */
function tokenRefused(challenge: string): Error {
  const error = new kafkajs.KafkaJSNonRetriableError(`the token was not taken: ${challenge}`)
  return Object.assign(error, { type: 'SASL_AUTHENTICATION_FAILED' })
}

function withLength(text: string): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES + Buffer.byteLength(text))
  bytes.writeInt32BE(bytes.length - LENGTH_BYTES)
  bytes.write(text, LENGTH_BYTES)
  return bytes
}
