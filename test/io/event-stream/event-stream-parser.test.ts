import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { EventStreamParser, type StreamItem } from '../../../src/io/event-stream/event-stream-parser.ts'

function parse(...pieces: readonly string[]): StreamItem[] {
  const parser = new EventStreamParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

function message(data: string, event = 'message', id = ''): StreamItem {
  return { kind: 'event', event, id, data }
}

describe('event stream parser', () => {
  it('reads event, id and data, and lines of data as one text', () => {
    const text = 'event: state\nid: 7\ndata: a\ndata:b\ndata:  c\n\ndata\n\n'
    expect(parse(text)).toEqual([message('a\nb\n c', 'state', '7'), message('', 'message', '7')])
  })

  it('keeps an id until the next one, and none with a null in it', () => {
    expect(parse('id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: x\0\ndata: d\n\n')).toEqual([
      message('a', 'message', '1'),
      message('b', 'message', '1'),
      message('c'),
      message('d'),
    ])
    expect(new EventStreamParser('9').push('data: a\n\n')).toEqual([message('a', 'message', '9')])
  })

  it('reports comments, and leaves out unknown fields and events without data', () => {
    expect(parse(': alive\n\nretry: 10\nfoo: bar\nevent: state\n\ndata: a\n\n')).toEqual([
      { kind: 'comment' },
      message('a'),
    ])
  })

  it('does not tell an event that the end of the stream cuts off', () => {
    expect(parse('data: a\n\nid: 2\ndata: b\n')).toEqual([message('a')])
  })

  it('takes a byte order mark away at the start only', () => {
    expect(parse('\ufeffdata: a\n\n', 'data: \ufeffb\n\n')).toEqual([message('a'), message('\ufeffb')])
  })

  it('gives the same wherever the text is cut, whatever ends its lines', () => {
    const lines = fc.array(fc.constantFrom('data: a', 'data:', 'id: 1', 'event: state', ': alive', '', 'data: ä€'))
    const end = fc.constantFrom('\n', '\r', '\r\n')
    fc.assert(
      fc.property(lines, end, fc.array(fc.nat({ max: 120 })), (all, lineEnd, cuts) => {
        const text = all.map((line) => line + lineEnd).join('')
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place))
        expect(parse(...pieces)).toEqual(parse(all.map((line) => `${line}\n`).join('')))
      }),
    )
  })

  it('refuses an event that never ends', () => {
    const parser = new EventStreamParser()
    const line = `data: ${'x'.repeat(1024 * 1024)}\n`
    expect(() => {
      for (let piece = 0; piece < 20; piece++) parser.push(line)
    }).toThrow(RangeError)
  })
})
