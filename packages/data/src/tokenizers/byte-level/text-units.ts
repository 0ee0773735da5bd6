/** UTF-16 code units of texts, in memory that is used again. */
export function textUnits(): (text: string) => Uint16Array {
  let room = Buffer.alloc(0);
  return (text) => {
    const bytes = 2 * text.length;
    if (room.length < bytes) room = Buffer.from(new ArrayBuffer(Math.max(bytes, 2 * room.length)));
    room.write(text, 'utf16le');
    return new Uint16Array(room.buffer, room.byteOffset, text.length);
  };
}
