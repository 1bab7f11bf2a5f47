const STYLE_START = '\u001B['

/** Cuts a line of narrow characters with picocolors' styles to so many columns, with … where it was cut. Control characters become spaces. */
export function clipLine(line: string, columns: number): string {
  const pieces = line.split(STYLE_START).map((piece, i) => {
    const [, style = '', text = ''] = i === 0 ? ['', '', piece] : (/^(\d+m)?(.*)$/s.exec(piece) ?? [])
    return { style: style && STYLE_START + style, characters: Array.from(text.replaceAll(/\p{Cc}/gu, ' ')) }
  })
  const length = pieces.reduce((sum, { characters }) => sum + characters.length, 0)
  if (length <= columns) return pieces.map(({ style, characters }) => style + characters.join('')).join('')
  let room = Math.max(0, columns - 1)
  let mark = columns > 0 ? '…' : ''
  // Styles after the cut stay, so that none reaches over the end of the line.
  return pieces
    .map(({ style, characters }) => {
      const kept = characters.slice(0, room)
      room -= kept.length
      const end = kept.length < characters.length ? mark : ''
      if (kept.length < characters.length) mark = ''
      return style + kept.join('') + end
    })
    .join('')
}
