/** Colours on and off, as picocolors writes them. */
const STYLE = /\u001B\[\d+m/y
const CONTROL = /\p{Cc}/gu

/** Cuts a styled line to so many columns, with … where something is missing. Control characters become spaces. */
export function clipLine(line: string, columns: number): string {
  let text = ''
  let used = 0
  for (let at = 0; at < line.length;) {
    STYLE.lastIndex = at
    const [style] = STYLE.exec(line) ?? []
    if (style !== undefined) {
      text += style
      at += style.length
      continue
    }
    const character = String.fromCodePoint(line.codePointAt(at)!)
    at += character.length
    used++
    // Styles after the cut stay, so that none reaches over the end of the line.
    if (used < columns || (used === columns && isRest(line, at))) text += character.replace(CONTROL, ' ')
    else if (used === columns) text += '…'
  }
  return text
}

/** Whether nothing but styles comes from here on. */
function isRest(line: string, from: number): boolean {
  return line.slice(from).replaceAll(/\u001B\[\d+m/g, '') === ''
}
